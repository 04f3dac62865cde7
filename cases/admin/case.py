"""Cases and their revisions on the desk: what they are filed under can be put right, the text only be read."""

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from cases.actions import filing
from cases.models import Case, Revision, SubjectField
from members.admin.base import ScopedAdmin
from members.admin.bulk import Bulk
from members.admin.chooser import Chooser
from members.admin.site import desk
from members.models import Organisation, User
from members.permissions import Permission


def field_choice(model_admin: admin.ModelAdmin, request: HttpRequest) -> forms.Field:
    return forms.ModelChoiceField(SubjectField.objects.in_use(), label=_("New field"))


def organisation_choice(model_admin: admin.ModelAdmin, request: HttpRequest) -> forms.Field:
    field = Case._meta.get_field("organisation")
    rows = model_admin.choices_for(field, request)
    return forms.ModelChoiceField(rows, label=_("New organisation"), widget=Chooser(field))


SET_FIELD = Bulk(
    name="set_field",
    label=_("Set the field…"),
    field=field_choice,
    before=lambda row: str(row.field or ""),
    after=lambda row, field: str(field),
    apply=lambda row, field, by: filing.classify(case=row, field=field, by=by),
    warning=_("Published cases change their field in the library at once."),
)
SET_ORGANISATION = Bulk(
    name="set_organisation",
    label=_("Set the organisation…"),
    field=organisation_choice,
    before=lambda row: str(row.organisation),
    after=lambda row, organisation: str(organisation),
    apply=lambda row, organisation, by: filing.reassign(case=row, organisation=organisation, by=by),
    warning=_("With the organisation it changes who may see the cases. The library shows the new name at once."),
)


@admin.register(Case, site=desk)
class CaseAdmin(ScopedAdmin):
    permission = Permission.MANAGE_VOCABULARIES
    scope_path = "organisation__path"
    is_addable = False
    list_display = ["number", "title", "organisation", "field", "state", "held_by", "created_at"]
    list_display_links = ["number", "title"]
    list_filter = ["state", "year", ("field", admin.RelatedFieldListFilter), "organisation__kind"]
    list_select_related = ["organisation", "field", "held_by"]
    search_fields = ["title", "organisation__name", "organisation__code", "contributor_name", "=sequence"]
    search_help_text = _("Title, organisation, contributor or sequence number")
    date_hierarchy = "created_at"
    ordering = ["-year", "-sequence"]
    fields = ["number", "title", "state", "organisation", "field", "contributor_name", "entered_by", "texts"]
    readonly_fields = ["number", "title", "state", "entered_by", "texts"]
    autocomplete_fields = ["organisation"]
    bulk = (SET_FIELD, SET_ORGANISATION)

    def choices_for(self, db_field: models.ForeignKey, request: HttpRequest) -> models.QuerySet:
        """Offer what is in use, and what this case has."""
        pk = request.resolver_match.kwargs.get("object_id", "")
        own = models.Q(**{f"{db_field.related_query_name()}__pk": pk}) if pk.isdecimal() else models.Q(pk__in=[])
        if db_field.name == "field":
            return SubjectField.objects.filter(models.Q(retired_on=None) | own).order_by("position", "pk").distinct()
        rows = desk._registry[Organisation].get_queryset(request)
        return rows.filter(models.Q(closed_on=None, merged_into=None) | own)

    def store(self, by: User, obj: Case, values: dict, change: bool) -> Case:
        case = Case.objects.select_related("organisation").get(pk=obj.pk)
        if values["organisation"] != case.organisation:
            filing.reassign(case=case, organisation=values["organisation"], by=by)
        if values["field"] != case.field:
            filing.classify(case=case, field=values["field"], by=by)
        filing.credit(case=case, contributor_name=values["contributor_name"], by=by)
        return case

    @admin.display(description=_("number"), ordering="sequence")
    def number(self, row: Case) -> str:
        return row.number

    @admin.display(description=_("entered by"))
    def entered_by(self, row: Case) -> str:
        return str(row.created_by or "")

    @admin.display(description=_("texts"))
    def texts(self, row: Case) -> str:
        return format_html(
            '<a href="{}?case__id__exact={}">{}</a> · <a href="{}">{}</a>',
            "../../../revision/",
            row.pk,
            _("Revisions"),
            row.get_absolute_url(),
            _("Open at the desk"),
        )


@admin.register(Revision, site=desk)
class RevisionAdmin(ScopedAdmin):
    """Read only: a database trigger refuses any change."""

    permission = Permission.MANAGE_VOCABULARIES
    scope_path = "case__organisation__path"
    is_addable = False
    is_changeable = False
    list_display = ["case_number", "number", "title", "source", "created_by", "created_at"]
    list_display_links = ["case_number", "number"]
    list_filter = ["source", "case__year"]
    list_select_related = ["case", "created_by"]
    search_fields = ["title", "body"]
    search_help_text = _("Words of title or text")
    date_hierarchy = "created_at"
    ordering = ["-created_at", "-pk"]
    fields = ["case", "number", "title", "source", "note", "created_at", "written_by", "body"]
    readonly_fields = ["written_by"]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        rows = super().get_queryset(request)
        is_list = request.resolver_match.url_name.endswith("_changelist")
        return rows.defer("body") if is_list else rows

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        return lookup == "case__id__exact" or super().lookup_allowed(lookup, value, request)

    @admin.display(description=_("by"))
    def written_by(self, row: Revision) -> str:
        return str(row.created_by or "")

    @admin.display(description=_("case"), ordering="case__sequence")
    def case_number(self, row: Revision) -> str:
        return row.case.number
