from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from config import navigation
from config.navigation import NavItem


class MembersConfig(AppConfig):
    """Names the app for the admin."""

    name = "members"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Members")

    def ready(self) -> None:
        """Put the pages of this app into the menus."""
        order = _("Order and oversight")
        people = _("People and leads")
        navigation.register(
            NavItem(_("Leads"), "members:discovery_leads", "read_people", order=49, group=people, icon="person-check"),
            NavItem(_("People"), "members:register_people", "read_people", order=50, group=people, icon="people"),
            NavItem(_("Vehicles"), "members:vehicle_list", "read_people", order=51, group=people, icon="truck"),
            NavItem(
                _("Enterprises"),
                "members:enterprise_list",
                "read_people",
                order=52,
                group=people,
                icon="buildings",
            ),
            NavItem(
                _("Visits to enterprises"),
                "members:discovery_coverage",
                "read_people",
                order=53,
                group=people,
                icon="signpost",
            ),
            NavItem(_("Data match"), "members:match_list", "edit_people", order=48, group=people, icon="intersect"),
            NavItem(_("Check-in"), "members:checkin_points", "read_people", order=53, group=people, icon="qr-code"),
            NavItem(
                _("Contact list"), "members:discovery_contacts", "read_people", order=53, group=people, icon="chat-dots"
            ),
            NavItem(
                _("Development of members"),
                "members:development_list",
                "read_people",
                order=54,
                group=people,
                icon="person-plus",
            ),
            NavItem(_("Blind matches"), "members:blind_list", "edit_people", order=48, group=people, icon="mask"),
            NavItem(
                _("Imports"),
                "members:batch_list",
                "edit_people",
                order=55,
                group=people,
                icon="file-earmark-spreadsheet",
            ),
        )
        navigation.register(
            NavItem(_("Data desk"), "admin:index", "use_admin", order=80, group=order, icon="table"),
            NavItem(_("Audit log"), "members:audit_log", "read_audit", order=90, group=order, icon="journal-check"),
        )
