from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from config import navigation
from config.navigation import NavItem


class ServicesConfig(AppConfig):
    """Names the app for the admin and puts its pages into the menus."""

    name = "services"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Services")

    def ready(self) -> None:
        """Register the menu entries of this app."""
        navigation.register(
            NavItem(_("Matters"), "services:matter_list", "read_ledger", 60, _("Ledger"), "telephone"),
        )
