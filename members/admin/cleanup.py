"""Leads nobody owns, imports to undo, and former values to put back."""

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from members import queries
from members.actions import batch, discovery, tidying
from members.admin.base import ScopedAdmin
from members.admin.bulk import Bulk
from members.admin.site import desk
from members.models import ImportBatch, Lead, PriorValue
from members.models.batch import BatchState
from members.permissions import Permission
from members.workflow import OPEN


class OwnerFilter(admin.SimpleListFilter):
    """Open leads without anybody looking after them."""

    title = _("looked after by")
    parameter_name = "owned"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list:
        return [("nobody", _("nobody, and still open"))]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        return queryset.filter(owner=None, state__in=OPEN) if self.value() == "nobody" else queryset


def owner_field(model_admin: admin.ModelAdmin, request: HttpRequest) -> forms.Field:
    return forms.ModelChoiceField(queries.colleagues(request.user), label=_("Looked after by"))


GIVE = Bulk(
    name="give",
    label=_("Give to…"),
    field=owner_field,
    before=lambda row: str(row.owner or ""),
    after=lambda row, to: str(to),
    apply=lambda row, to, by: discovery.give(lead=row, to=to, by=by),
)


@admin.register(Lead, site=desk)
class LeadAdmin(ScopedAdmin):
    """Walked on their own pages; here those nobody looks after are given to somebody."""

    permission = Permission.EDIT_PEOPLE
    scope_path = "organisation_path"
    is_addable = False
    is_changeable = False
    list_display = ["person", "state", "channel", "region", "owner", "found_at"]
    list_filter = [OwnerFilter, "state", "channel"]
    list_select_related = ["person", "region", "owner"]
    search_fields = ["person__name"]
    ordering = ["found_at", "pk"]
    fields = readonly_fields = ["person", "state", "channel", "region", "owner", "found_at", "confirmed_at"]
    bulk = (GIVE,)


UNDO = Bulk(
    name="undo",
    label=_("Undo the import…"),
    before=lambda row: str(row.state_tag.label),
    after=lambda row, nothing: str(BatchState.UNDONE.label),
    apply=lambda row, nothing, by: batch.undo(batch=row, by=by),
    warning=_(
        "People and vehicles the import entered are removed, and what it filled in becomes empty again. Whoever "
        "something else points at by now stays."
    ),
)


@admin.register(ImportBatch, site=desk)
class ImportBatchAdmin(ScopedAdmin):
    """Uploaded and followed on their own pages; here they are undone."""

    permission = Permission.EDIT_PEOPLE
    scope_path = "organisation_path"
    is_addable = False
    is_changeable = False
    list_display = ["filename", "organisation", "state", "created_count", "filled_count", "bad_count", "uploaded_at"]
    list_filter = ["state"]
    list_select_related = ["organisation"]
    search_fields = ["filename"]
    ordering = ["-uploaded_at", "-pk"]
    fields = readonly_fields = [
        "filename",
        "sheet",
        "organisation",
        "state",
        "total_rows",
        "created_count",
        "filled_count",
        "known_count",
        "bad_count",
        "uploaded_at",
        "uploaded_by",
        "closed_at",
    ]
    bulk = (UNDO,)


PUT_BACK = Bulk(
    name="put_back",
    label=_("Put back…"),
    before=lambda row: gettext("tidied"),
    after=lambda row, nothing: row.shown if row.put_back_at is None else gettext("tidied"),
    apply=lambda row, nothing, by: tidying.put_back(prior=row, by=by),
    warning=_("A value somebody has changed since stays as it is."),
)


@admin.register(PriorValue, site=desk)
class PriorValueAdmin(ScopedAdmin):
    """What values were before they were tidied."""

    permission = Permission.EDIT_PEOPLE
    scope_path = "organisation_path"
    is_addable = False
    is_changeable = False
    list_display = ["whose", "place", "former", "changed_at", "changed_by", "put_back_at"]
    list_filter = ["place", ("put_back_at", admin.EmptyFieldListFilter)]
    list_select_related = ["person", "vehicle", "changed_by"]
    ordering = ["-changed_at", "-pk"]
    fields = readonly_fields = ["whose", "place", "former", "changed_at", "changed_by", "put_back_at", "put_back_by"]
    bulk = (PUT_BACK,)

    @admin.display(description=_("whose"))
    def whose(self, row: PriorValue) -> str:
        return str(row)

    @admin.display(description=_("former value"))
    def former(self, row: PriorValue) -> str:
        return row.shown
