"""The ledger's words on the desk: kinds with how much they are used, first sentences, retiring, merging."""

from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from members.admin.base import ScopedAdmin
from members.admin.bulk import Bulk
from members.admin.merge import offer
from members.admin.site import desk
from members.models import Organisation, User
from members.permissions import Permission
from services.actions import kind as action
from services.actions import merge_kind
from services.admin.merging import MergingAdmin
from services.models import Domain, Kind, Phrase
from services.models.vocabulary import GROUPS
from services.queries import vocabulary

LISTS = {Domain.ACTIVITY: "services:activity_list", Domain.GRANT: "services:grant_list"}


def standing(row: Kind) -> str:
    return gettext("retired on %(on)s") % {"on": row.retired_on} if row.retired_on else gettext("in use")


def address_of(row: Kind) -> str:
    """Return the address of the list that shows exactly the rows counted, "" where there is none."""
    domain = Domain(row.domain)
    if domain in LISTS:
        return f"{reverse(LISTS[domain])}?{urlencode({'kind': row.pk})}"
    if domain == Domain.VENUE:
        wanted = {"kind__id__exact": row.pk, "merged_into__isempty": 1}
        return f"{reverse('admin:services_venue_changelist')}?{urlencode(wanted)}"
    return ""


RETIRE = Bulk(
    name="retire",
    label=_("Retire…"),
    before=standing,
    after=lambda row, nothing: standing(row) if row.retired_on else gettext("retired"),
    apply=lambda row, nothing, by: action.retire(kind=row, by=by),
    warning=_("Entries keep a retired kind; it is no longer offered."),
)
RESTORE = Bulk(
    name="restore",
    label=_("Restore…"),
    before=standing,
    after=lambda row, nothing: gettext("in use"),
    apply=lambda row, nothing, by: action.restore(kind=row, by=by),
)


class UnusedFilter(admin.SimpleListFilter):
    """Kinds nobody has used for two quarters."""

    title = _("use")
    parameter_name = "use"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list:
        return [("unused", _("unused for two quarters: retire?")), ("never", _("never used"))]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        if self.value() == "unused":
            return vocabulary.unused(queryset, request.user, timezone.localdate())
        return queryset.filter(uses=0) if self.value() == "never" else queryset


class StandingFilter(admin.SimpleListFilter):
    """Kinds in use, or retired."""

    title = _("standing")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list:
        return [("used", _("in use")), ("retired", _("retired"))]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        found = {"used": queryset.filter(retired_on=None), "retired": queryset.exclude(retired_on=None)}
        return found.get(self.value(), queryset)


class OwnerMixin:
    """Offers an owner among the desk's organisations; nobody's is the whole house's."""

    def choices_for(self, db_field: models.ForeignKey, request: HttpRequest) -> models.QuerySet:
        if db_field.related_model is Organisation:
            return desk._registry[Organisation].get_queryset(request).filter(closed_on=None, merged_into=None)
        return super().choices_for(db_field, request)

    @admin.display(description=_("whose"), ordering="organisation__name")
    def owner(self, row: Kind | Phrase) -> str:
        return row.organisation.brief if row.organisation else gettext("the whole house")


class KindForm(forms.ModelForm):
    def clean(self) -> dict:
        cleaned = super().clean()
        domain, group = cleaned.get("domain"), cleaned.get("group")
        if domain and group and group not in GROUPS[Domain(domain)]:
            offered = "、".join(str(one.label) for one in GROUPS[Domain(domain)])
            self.add_error(
                "group", _("This group is for something else. Choose one of: %(names)s.") % {"names": offered}
            )
        return cleaned


@admin.register(Kind, site=desk)
class KindAdmin(OwnerMixin, MergingAdmin):
    """The one list of kinds for activities, matters, pairings, grants and venues."""

    permission = Permission.MANAGE_VOCABULARIES
    form = KindForm
    list_display = ["label", "domain", "group", "owner", "use_count", "last_use", "standing_now"]
    list_filter = ["domain", UnusedFilter, StandingFilter]
    list_select_related = ["organisation"]
    search_fields = ["label", "code"]
    ordering = ["domain", "group", "position", "pk"]
    fields = [
        "domain",
        "group",
        "label",
        "organisation",
        "position",
        "due_days",
        "is_person_needed",
        "is_body_needed",
        "is_number_asked",
        "retired_on",
    ]
    readonly_fields = ["retired_on"]
    autocomplete_fields = ["organisation"]
    bulk = (RETIRE, RESTORE)
    merge_title = _("Merge two kinds")
    merge_labels = (_("The one to keep"), _("The one that becomes part of it"))
    merge_words = _("Every entry of the second kind has the first one afterwards; the second is retired.")
    merge_done = _("Merged. Here is what moved, and the button that takes it back.")
    preview = merge_kind.preview
    refusal = merge_kind.refusal
    merge = merge_kind.merge

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return vocabulary.with_uses(super().get_queryset(request), request.user)

    def merge_rows(self, request: HttpRequest) -> models.QuerySet:
        return Kind.objects.visible_to(request.user).order_by("domain", "group", "position", "pk")

    def get_readonly_fields(self, request: HttpRequest, obj: Kind | None = None) -> list[str]:
        return [*self.readonly_fields, "domain", "group", "organisation"] if obj else self.readonly_fields

    def get_fields(self, request: HttpRequest, obj: Kind | None = None) -> list[str]:
        return self.fields if obj else self.fields[:-1]

    def store(self, by: User, obj: Kind, values: dict, change: bool) -> Kind:
        if change:
            return action.change(kind=Kind.objects.get(pk=obj.pk), by=by, **values)
        return action.add(by=by, **values)

    @admin.display(description=_("entries"), ordering="uses")
    def use_count(self, row: Kind) -> str:
        address = address_of(row)
        return format_html('<a href="{}">{}</a>', address, row.uses) if address and row.uses else str(row.uses)

    @admin.display(description=_("last used"), ordering="last_used_on")
    def last_use(self, row: Kind) -> str:
        return f"{row.last_used_on:%Y-%m-%d}" if row.last_used_on else ""

    @admin.display(description=_("standing"), ordering="retired_on")
    def standing_now(self, row: Kind) -> str:
        return standing(row)


DROP = Bulk(
    name="drop",
    label=_("Take off the list…"),
    before=lambda row: row.text,
    after=lambda row, nothing: "",
    apply=lambda row, nothing, by: action.drop_phrase(phrase=row, by=by),
    warning=_("What was written with these sentences stays."),
)


@admin.register(Phrase, site=desk)
class PhraseAdmin(OwnerMixin, ScopedAdmin):
    """First sentences, by kind."""

    permission = Permission.MANAGE_VOCABULARIES
    list_display = ["text", "kind", "owner", "position"]
    list_filter = ["kind__domain"]
    list_select_related = ["kind", "organisation"]
    search_fields = ["text", "kind__label"]
    ordering = ["kind__domain", "kind__position", "kind__pk", "position", "pk"]
    fields = ["kind", "text", "organisation", "position"]
    autocomplete_fields = ["kind", "organisation"]
    bulk = (DROP,)

    def choices_for(self, db_field: models.ForeignKey, request: HttpRequest) -> models.QuerySet:
        if db_field.name == "kind":
            return Kind.objects.visible_to(request.user)
        return super().choices_for(db_field, request)

    def store(self, by: User, obj: Phrase, values: dict, change: bool) -> Phrase:
        return action.write_phrase(phrase=obj if change else None, by=by, **values)


offer(Kind, merge_kind.undo, "label")
