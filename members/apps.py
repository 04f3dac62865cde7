from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MembersConfig(AppConfig):
    """Names the app for the admin."""

    name = "members"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Members")
