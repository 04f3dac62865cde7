from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from config import navigation
from config.navigation import NavItem, Place


class ServicesConfig(AppConfig):
    """Names the app for the admin and puts its pages into the menus."""

    name = "services"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Services")

    def ready(self) -> None:
        """Put the pages of this app into the menus."""
        ledger = _("Ledger")
        award = ("services:award_",)
        paper = ("services:attachment_",)
        navigation.register(
            NavItem(pgettext_lazy("page", "Today"), "services:today_page", "read_ledger", 10, ledger, "check2-square"),
            NavItem(_("Log an activity"), "services:activity_log", "log_activity", 11, ledger, "plus-circle"),
            NavItem(
                _("List of activities"),
                "services:activity_list",
                "read_ledger",
                12,
                ledger,
                "calendar2-check",
                also=("services:entry_", "services:fold_"),
            ),
            NavItem(_("Find a person or body"), "services:dossier_find", "read_ledger", 13, ledger, "search"),
            NavItem(_("Party life"), "services:orglife_board", "read_ledger", 13, ledger, "people"),
            NavItem(pgettext_lazy("page", "Trainings"), "services:training_list", "read_ledger", 13, ledger, "book"),
            NavItem(
                pgettext_lazy("page", "Assessment"), "services:assessment_list", "read_ledger", 13, ledger, "check2-all"
            ),
            NavItem(_("Matters"), "services:matter_list", "read_ledger", 14, ledger, "headset"),
            NavItem(
                _("Pairings"),
                "services:pairing_list",
                "read_ledger",
                15,
                ledger,
                "person-hearts",
                also=("services:coverage_",),
            ),
            NavItem(
                _("Campaigns and targets"),
                "services:campaign_list",
                "read_ledger",
                15,
                ledger,
                "flag",
                also=("services:target_", "services:task_"),
            ),
            NavItem(_("Gifts and honours"), "services:grant_list", "read_ledger", 15, ledger, "gift", also=award),
            NavItem(_("Venues"), "services:venue_list", "read_ledger", 15, ledger, "signpost"),
            NavItem(_("Overview"), "services:report_dashboard", "read_ledger", 16, ledger, "easel"),
            NavItem(_("Reports"), "services:report_page", "read_ledger", 17, ledger, "file-earmark-word"),
            NavItem(_("Imports into the ledger"), "services:batch_list", "import_ledger", 19, ledger, "upload"),
            NavItem(_("Figures of others"), "services:figure_list", "read_ledger", 18, ledger, "quote"),
            NavItem(_("Figures of the ledger"), "services:indicator_index", "read_ledger", 18, ledger, "bar-chart"),
            NavItem(_("Papers"), "services:paper_list", "read_ledger", 18, ledger, "paperclip", also=paper),
            NavItem(_("Drivers' homes"), "services:station_list", order=30, place=Place.PUBLIC),
        )
