"""Steps and quotas of developments on the desk: editable data, marked as a sample until somebody has checked it."""

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from members.actions import development_step as action
from members.admin.base import ScopedAdmin
from members.admin.bulk import Bulk
from members.admin.site import desk
from members.models import DevelopmentQuota, StepDefinition, User
from members.permissions import Permission
from members.queries_development import with_taken


def standing(row: StepDefinition) -> str:
    return gettext("retired on %(on)s") % {"on": row.retired_on} if row.retired_on else gettext("in use")


RETIRE = Bulk(
    name="retire",
    label=_("Retire…"),
    before=standing,
    after=lambda row, nothing: standing(row) if row.retired_on else gettext("retired"),
    apply=lambda row, nothing, by: action.retire(definition=row, by=by),
    warning=_("What was recorded of a retired step stays; it is no longer asked for."),
)
RESTORE = Bulk(
    name="restore",
    label=_("Restore…"),
    before=standing,
    after=lambda row, nothing: gettext("in use"),
    apply=lambda row, nothing, by: action.restore(definition=row, by=by),
)


@admin.register(StepDefinition, site=desk)
class StepDefinitionAdmin(ScopedAdmin):
    permission = Permission.MANAGE_VOCABULARIES
    list_display = ["name", "stage", "position", "clock_from", "clocks", "is_sample", "retired_on"]
    list_filter = ["stage", "is_sample", ("retired_on", admin.EmptyFieldListFilter)]
    list_select_related = ["clock_from"]
    search_fields = ["name", "code"]
    ordering = ["position", "pk"]
    fields = [
        "code",
        "name",
        "position",
        "stage",
        "clock_from",
        "at_least_months",
        "at_most_months",
        "extended_months",
        "every_months",
        "at_least_hours",
        "is_admission",
        "is_sample",
    ]
    bulk = (RETIRE, RESTORE)

    def get_readonly_fields(self, request: HttpRequest, obj: StepDefinition | None = None) -> list[str]:
        return ["code"] if obj else []

    def store(self, by: User, obj: StepDefinition, values: dict, change: bool) -> StepDefinition:
        if change:
            return action.change(definition=StepDefinition.objects.get(pk=obj.pk), by=by, **values)
        return action.add(by=by, **values)

    @admin.display(description=_("clocks"))
    def clocks(self, row: StepDefinition) -> str:
        words = [
            (row.at_least_months, gettext("from %(n)d months")),
            (row.at_most_months, gettext("by %(n)d months")),
            (row.extended_months, gettext("extended by %(n)d months")),
            (row.every_months, gettext("every %(n)d months")),
            (row.at_least_hours, gettext("at least %(n)d hours")),
        ]
        return gettext("; ").join(text % {"n": number} for number, text in words if number is not None)


@admin.register(DevelopmentQuota, site=desk)
class DevelopmentQuotaAdmin(ScopedAdmin):
    permission = Permission.MANAGE_ORGANISATIONS
    scope_path = "organisation_path"
    list_display = ["organisation", "year", "places", "taken_places"]
    list_filter = ["year"]
    list_select_related = ["organisation"]
    search_fields = ["organisation__name"]
    ordering = ["-year", "organisation__path"]
    autocomplete_fields = ["organisation"]
    fields = ["organisation", "year", "places"]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return with_taken(super().get_queryset(request))

    def get_readonly_fields(self, request: HttpRequest, obj: DevelopmentQuota | None = None) -> list[str]:
        return ["organisation", "year"] if obj else []

    def choices_for(self, db_field: models.ForeignKey, request: HttpRequest) -> models.QuerySet:
        return super().choices_for(db_field, request).current()

    def store(self, by: User, obj: DevelopmentQuota, values: dict, change: bool) -> DevelopmentQuota:
        body, year = (obj.organisation, obj.year) if change else (values["organisation"], values["year"])
        return action.set_quota(organisation=body, year=year, places=values["places"], by=by)

    @admin.display(description=_("places taken"))
    def taken_places(self, row: DevelopmentQuota) -> int:
        return row.taken_count
