from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CasesConfig(AppConfig):
    """Names the app for the admin."""

    name = "cases"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Cases")
