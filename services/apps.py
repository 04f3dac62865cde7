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
        home = NavItem(_("Drivers' homes"), "services:station_list", order=30, place=Place.PUBLIC)
        navigation.register(*_day_and_care(), *_party_and_figures(), home)


def _day_and_care() -> list[NavItem]:
    """What an official does every day, and whom they look after."""
    read, daily, care = "read_ledger", _("Every day"), _("Care and service")
    entries, targets = ("services:entry_", "services:fold_"), ("services:target_", "services:task_")
    pairings, awards = ("services:coverage_",), ("services:award_",)
    return [
        NavItem(pgettext_lazy("page", "Today"), "services:today_page", read, 10, daily, "check2-square"),
        NavItem(_("Log an activity"), "services:activity_log", "log_activity", 11, daily, "plus-circle"),
        NavItem(_("Matters"), "services:matter_list", read, 12, daily, "headset"),
        NavItem(_("Find a person or body"), "services:dossier_find", read, 13, daily, "search"),
        NavItem(_("List of activities"), "services:activity_list", read, 14, daily, "calendar2-check", also=entries),
        NavItem(_("Pairings"), "services:pairing_list", read, 15, care, "person-hearts", also=pairings),
        NavItem(_("Gifts and honours"), "services:grant_list", read, 16, care, "gift", also=awards),
        NavItem(_("Campaigns and targets"), "services:campaign_list", read, 16, care, "flag", also=targets),
        NavItem(_("Venues"), "services:venue_list", read, 16, care, "signpost"),
    ]


def _party_and_figures() -> list[NavItem]:
    """Party work, what comes out of it all, and what goes in from files."""
    read, party, figures = "read_ledger", _("Party work"), _("Figures and reports")
    papers = ("services:attachment_",)
    return [
        NavItem(_("Party life"), "services:orglife_board", read, 17, party, "people"),
        NavItem(pgettext_lazy("page", "Trainings"), "services:training_list", read, 17, party, "book"),
        NavItem(pgettext_lazy("page", "Assessment"), "services:assessment_list", read, 17, party, "check2-all"),
        NavItem(_("Overview"), "services:report_dashboard", read, 18, figures, "easel"),
        NavItem(_("Reports"), "services:report_page", read, 18, figures, "file-earmark-word"),
        NavItem(_("Figures of others"), "services:figure_list", read, 19, figures, "quote"),
        NavItem(_("Figures of the ledger"), "services:indicator_index", read, 19, figures, "bar-chart"),
        NavItem(_("Papers"), "services:paper_list", read, 19, figures, "paperclip", also=papers),
        NavItem(_("Imports into the ledger"), "services:batch_list", "import_ledger", 19, figures, "upload"),
    ]
