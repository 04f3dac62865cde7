"""All role assignments in one list: who holds what over which subtree, until when."""

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from members.actions import account as action
from members.admin.base import ScopedAdmin, proving
from members.admin.bulk import Bulk
from members.admin.site import desk
from members.models import RoleAssignment
from members.permissions import Permission

SOON_DAYS = 30


class ForceFilter(admin.SimpleListFilter):
    """Roles in force, ending soon, ended, revoked."""

    title = _("standing")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list:
        return [
            ("now", _("In force")),
            ("soon", _("Ends within 30 days")),
            ("ended", _("Ended")),
            ("revoked", _("Revoked")),
        ]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        today = timezone.localdate()
        soon = today + timezone.timedelta(days=SOON_DAYS)
        return {
            "now": queryset.in_force(today),
            "soon": queryset.in_force(today).filter(ends_on__lte=soon),
            "ended": queryset.filter(ends_on__lt=today, revoked_at=None),
            "revoked": queryset.exclude(revoked_at=None),
        }.get(self.value(), queryset)


REVOKE = Bulk(
    name="revoke",
    label=_("Revoke…"),
    before=lambda row: gettext("revoked") if row.revoked_at else gettext("held"),
    after=lambda row, nothing: gettext("revoked"),
    apply=lambda row, nothing, by: action.revoke(assignment=row, by=by),
    warning=_("Running sessions of these accounts end at once."),
)


@admin.register(RoleAssignment, site=desk)
@proving()
class RoleAssignmentAdmin(ScopedAdmin):
    """Read here, granted and revoked at the account."""

    permission = Permission.MANAGE_ACCOUNTS
    is_addable = False
    is_changeable = False
    list_display = ["user", "role", "organisation", "starts_on", "ends_on", "granted_by", "revoked_at"]
    list_filter = [ForceFilter, "role"]
    list_select_related = ["user", "organisation", "granted_by"]
    search_fields = ["user__username", "user__name", "organisation__name"]
    search_help_text = _("Account or organisation")
    date_hierarchy = "starts_on"
    ordering = ["-starts_on", "-pk"]
    fields = readonly_fields = [
        "user",
        "role",
        "organisation",
        "starts_on",
        "ends_on",
        "granted_by",
        "revoked_at",
        "revoked_by",
    ]
    bulk = (REVOKE,)
