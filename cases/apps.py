from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from config import navigation
from config.navigation import NavItem, Place


class CasesConfig(AppConfig):
    """Names the app for the admin and puts its pages into the menus."""

    name = "cases"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Cases")

    def ready(self) -> None:
        """Register the menu entries of this app."""
        navigation.register(
            NavItem(_("My work"), "cases:home", order=0, icon="house"),
            NavItem(_("Send a case in"), "cases:intake_submit", "submit_case", 20, _("Cases"), "file-earmark-plus"),
            NavItem(_("Draft from the ledger"), "cases:outline_list", "draft_case", 21, _("Cases"), "pencil"),
            NavItem(
                _("All cases"),
                "cases:review_index",
                "read_desk",
                20,
                _("Cases"),
                "inboxes",
                also=("cases:revision_", "cases:announcement_"),
            ),
            NavItem(_("Calls"), "cases:call_list", "read_cases", 22, _("Cases"), "megaphone"),
            NavItem(_("Statistics"), "cases:statistics_desk", "read_desk", 24, _("Cases"), "list-ol"),
            NavItem(
                _("Correspondence"), "cases:mail_list", "edit_case", 25, _("Cases"), "envelope", also=("cases:letter_",)
            ),
            NavItem(_("My reviews"), "cases:scoring_mine", "score_cases", 23, _("Cases"), "check2-square"),
            NavItem(_("Recommending"), "cases:recommend_list", "recommend_case", 23, _("Cases"), "list-ol"),
            NavItem(_("Objections"), "cases:notice_list", "handle_objections", 24, _("Cases"), "flag"),
            NavItem(_("Submission links"), "cases:link_index", "manage_links", 30, _("Cases"), "link-45deg"),
            NavItem(_("Comments"), "cases:comment_queue", "moderate_comments", 40, _("Cases"), "chat-left-text"),
            NavItem(_("Front page"), "cases:library_index", order=10, place=Place.PUBLIC),
            NavItem(
                _("All cases"),
                "cases:library_search",
                order=20,
                place=Place.PUBLIC,
                also=("cases:library_detail", "cases:publishing_corrections"),
            ),
            NavItem(_("Calls"), "cases:call_index", order=30, place=Place.PUBLIC, also=("cases:notice_",)),
            NavItem(_("Atom feed"), "cases:library_feed", order=10, place=Place.FOOTER),
            NavItem(_("Sitemap"), "cases:library_sitemap", order=20, place=Place.FOOTER),
        )
        navigation.register_search("cases:library_search")
