from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConfigConfig(AppConfig):
    """Names the app for the admin."""

    name = "config"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Config")
