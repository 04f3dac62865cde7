"""People and vehicles on the desk: what is missing, wrong or double, tidying, and merging two entries of one person."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from config.errors import Refused
from config.numbers import whole_number
from members import identity, queries_cleanup
from members.actions import merge_person, register, tidying
from members.admin.base import ScopedAdmin
from members.admin.bulk import Bulk
from members.admin.site import desk
from members.models import Person, PriorValue, User, Vehicle
from members.models.register import LINKS
from members.permissions import Permission

Place = PriorValue.Place


class MissingFilter(admin.SimpleListFilter):
    """Entries without a link or a number."""

    title = _("missing")
    parameter_name = "missing"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list:
        names = [(name, Person._meta.get_field(name).verbose_name) for name in LINKS]
        return [*names, ("identity_digest", _("identity number")), ("phone_digest", _("mobile number"))]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        known = {value for value, _label in self.lookup_choices}
        return queryset.filter(**{self.value(): None}) if self.value() in known else queryset


class TroubleFilter(admin.SimpleListFilter):
    """Entries somebody should look at."""

    title = _("to be looked at")
    parameter_name = "trouble"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list:
        return [
            ("check", _("Identity number fails its check")),
            ("double", _("May be entered twice")),
            ("name", _("Untidy name")),
        ]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        found = {
            "check": queries_cleanup.failing_identity,
            "double": queries_cleanup.possible_doubles,
            "name": queries_cleanup.untidy_names,
        }.get(self.value())
        return found(queryset) if found else queryset


def tidy_bulk(name: str, label: str, place: str, mask: object = str) -> Bulk:
    """Make the bulk change that tidies one kind of value; the preview shows it masked where it is a number."""
    return Bulk(
        name=name,
        label=label,
        before=lambda row: mask(tidying.value_of(row, place)),
        after=lambda row, nothing: mask(tidying.tidied(row, place)),
        apply=lambda row, nothing, by: tidying.tidy(row=row, place=place, by=by),
        warning=_("The former value is kept sealed: “Former values” puts it back."),
    )


def phone_words(text: str) -> str:
    """Show a phone masked, and whether it is in its one spelling: two masks may look the same."""
    masked = identity.mask_phone(text) or "—"
    return masked if not text or identity.read_phone(text).value == text else gettext("%s (untidy)") % masked


TIDY_NAMES = tidy_bulk("tidy_names", _("Tidy names…"), Place.NAME)
TIDY_PHONES = tidy_bulk("tidy_phones", _("Tidy mobile numbers…"), Place.PHONE, phone_words)
TIDY_PLATES = tidy_bulk("tidy_plates", _("Tidy plates…"), Place.PLATE)


@admin.register(Person, site=desk)
class PersonAdmin(ScopedAdmin):
    """Entered on the register's own pages; here they are corrected, tidied and merged. Numbers are masked."""

    permission = Permission.EDIT_PEOPLE
    scope_path = "organisation_path"
    is_addable = False
    list_display = ["name", "identity_masked", "phone_masked", "organisation", "party_branch", "employer", "twins"]
    list_filter = [TroubleFilter, MissingFilter]
    list_select_related = ["organisation", "party_branch", "employer"]
    search_fields = ["name"]
    search_help_text = _("Name. Numbers are found on the register's page, where they do not get into the address.")
    ordering = ["name", "pk"]
    fields = ["name", "identity_masked", "phone_masked", "organisation", *LINKS]
    readonly_fields = ["identity_masked", "phone_masked"]
    autocomplete_fields = ["organisation", *LINKS]
    actions = ["merge_two"]
    bulk = (TIDY_NAMES, TIDY_PHONES)

    def get_actions(self, request: HttpRequest) -> dict:
        return super().get_actions(request) | {"merge_two": self.get_action("merge_two")}

    def choices_for(self, db_field: models.ForeignKey, request: HttpRequest) -> models.QuerySet:
        return super().choices_for(db_field, request).current()

    def store(self, by: User, obj: Person, values: dict, change: bool) -> Person:
        return register.change(person=Person.objects.get(pk=obj.pk), by=by, **values)

    @admin.display(description=_("identity number"))
    def identity_masked(self, row: Person) -> str:
        return row.identity_masked

    @admin.display(description=_("mobile number"))
    def phone_masked(self, row: Person) -> str:
        return row.phone_masked

    @admin.display(description=_("same number or name"))
    def twins(self, row: Person) -> str:
        return gettext("the same mobile number") if getattr(row, "shares_phone", False) else ""

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        rows = super().get_queryset(request)
        others = Person.objects.filter(merged_into=None, phone_digest=models.OuterRef("phone_digest"))
        return rows.annotate(shares_phone=models.Exists(others.exclude(pk=models.OuterRef("pk"))))

    @admin.action(description=_("Merge two entries of one person…"))
    def merge_two(self, request: HttpRequest, queryset: models.QuerySet) -> HttpResponse | None:
        picked = list(queryset.order_by("pk").values_list("pk", flat=True)[:3])
        if len(picked) != 2:
            messages.warning(request, _("Select exactly two people to merge."))
            return None
        return redirect(f"{reverse('admin:members_person_merge')}?kept={picked[0]}&absorbed={picked[1]}")

    def get_urls(self) -> list:
        own = [path("merge/", self.admin_site.admin_view(self.merge_view), name="members_person_merge")]
        return own + super().get_urls()

    def merge_view(self, request: HttpRequest) -> HttpResponse:
        """See side by side, masked, what would happen to two entries; confirm."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        if "kept" not in request.GET:
            messages.info(request, _("Select two people in the list, then choose “Merge two entries of one person…”."))
            return redirect("admin:members_person_changelist")
        scope = self.get_queryset(request).select_related("organisation", *LINKS)
        people = {
            name: get_object_or_404(scope, pk=whole_number(request.GET.get(name, "")) or 0)
            for name in ("kept", "absorbed")
        }
        if request.method == "POST":
            return self._merge(request, **people)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Merge two entries of one person"),
            "opts": self.opts,
            **people,
            "sides": sides_of(**people),
            "counts": merge_person.preview(**people),
            "refusal": merge_person.refusal(**people, by=request.user),
        }
        return TemplateResponse(request, "admin/members/person/merge.html", context)

    def _merge(self, request: HttpRequest, kept: Person, absorbed: Person) -> HttpResponse:
        try:
            done = merge_person.merge(kept=kept, absorbed=absorbed, by=request.user)
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect(request.get_full_path())
        messages.success(request, gettext("The two entries of %(kept)s are one now.") % {"kept": kept})
        return redirect("admin:members_merge_change", done.pk)


def sides_of(kept: Person, absorbed: Person) -> list[dict]:
    """Return the values of both, masked, and which would stand afterwards."""
    rows = []
    for name in ("name", "identity", "phone", "organisation", *LINKS, "created_at"):
        values = [_words(person, name) for person in (kept, absorbed)]
        is_gap = not values[0] and bool(values[1])
        rows.append(
            {
                "label": _label(name),
                "kept": values[0],
                "absorbed": values[1],
                "wins": "absorbed" if is_gap else "kept",
                "differs": _differs(kept, absorbed, name),
            }
        )
    return rows


def _label(name: str) -> str:
    labels = {"name": _("full name"), "identity": _("identity number"), "phone": _("mobile number")}
    return str(labels.get(name) or Person._meta.get_field(name).verbose_name)


def _words(person: Person, name: str) -> str:
    if name in ("identity", "phone"):
        return getattr(person, f"{name}_masked")
    if name == "created_at":
        return f"{person.created_at:%Y-%m-%d}"
    return str(getattr(person, name) or "")


def _differs(kept: Person, absorbed: Person, name: str) -> bool:
    """Compare numbers by digest: two masks may look alike."""
    if name in ("identity", "phone"):
        name = f"{name}_digest"
        return bytes(getattr(kept, name) or b"") != bytes(getattr(absorbed, name) or b"")
    return _words(kept, name) != _words(absorbed, name)


class PlateFilter(admin.SimpleListFilter):
    """Plates not in their one spelling."""

    title = _("to be looked at")
    parameter_name = "trouble"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list:
        return [("plate", _("Untidy plate")), ("alone", _("Neither keeper nor driver"))]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        if self.value() == "plate":
            return queries_cleanup.untidy_plates(queryset)
        return queryset.filter(keeper=None, driver=None) if self.value() == "alone" else queryset


@admin.register(Vehicle, site=desk)
class VehicleAdmin(ScopedAdmin):
    """Entered on the register's own pages; here plates are tidied."""

    permission = Permission.EDIT_PEOPLE
    scope_path = "organisation_path"
    is_addable = False
    is_changeable = False
    list_display = ["plate", "kind", "keeper", "driver", "organisation"]
    list_filter = [PlateFilter, "kind"]
    list_select_related = ["keeper", "driver", "organisation"]
    search_fields = ["plate"]
    ordering = ["plate", "pk"]
    fields = readonly_fields = ["plate", "kind", "keeper", "driver", "organisation"]
    bulk = (TIDY_PLATES,)
