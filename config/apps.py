from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConfigConfig(AppConfig):
    """Names the app for the admin."""

    name = "config"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Config")

    def ready(self):
        from config import checks  # noqa: F401, PLC0415  (registers them)
