"""Organisations and regions on the desk, and the pages of a merge."""

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminDateWidget
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.defaultfilters import filesizeformat
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from config.errors import Refused
from members import queries_cleanup, quota
from members.actions import merge_organisation
from members.actions import organisation as action
from members.actions import region as region_action
from members.admin.base import ScopedAdmin
from members.admin.bulk import Bulk
from members.admin.chooser import Chooser
from members.admin.site import desk
from members.models import Organisation, Region, User
from members.permissions import Permission


class StandingFilter(admin.SimpleListFilter):
    """Bodies that exist, are closed, or became part of another."""

    title = _("standing")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list:
        return [("current", _("Existing")), ("closed", _("Closed")), ("merged", _("Merged into another"))]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        if self.value() == "current":
            return queryset.current()
        if self.value() == "closed":
            return queryset.filter(closed_on__isnull=False, merged_into=None)
        return queryset.exclude(merged_into=None) if self.value() == "merged" else queryset


def region_field(model_admin: admin.ModelAdmin, request: HttpRequest) -> forms.Field:
    field = Organisation._meta.get_field("region")
    return forms.ModelChoiceField(
        desk._registry[Region].get_queryset(request),
        label=_("New region"),
        widget=Chooser(field),
    )


def closing_field(model_admin: admin.ModelAdmin, request: HttpRequest) -> forms.Field:
    return forms.DateField(label=_("Closed on"), initial=timezone.localdate, widget=AdminDateWidget)


class CreditCodeFilter(admin.SimpleListFilter):
    """Credit codes that fail their check, and enterprises without one."""

    title = _("unified social credit code")
    parameter_name = "credit_code"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list:
        return [("check", _("Fails its check")), ("none", _("Enterprise without one"))]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        found = {
            "check": queries_cleanup.failing_credit_code,
            "none": queries_cleanup.enterprises_without_code,
        }.get(self.value())
        return found(queryset) if found else queryset


SET_REGION = Bulk(
    name="set_region",
    label=_("Set the region…"),
    field=region_field,
    before=lambda row: str(row.region),
    after=lambda row, region: str(region),
    apply=lambda row, region, by: action.change(organisation=row, by=by, region=region),
)
CLOSE = Bulk(
    name="close",
    label=_("Close…"),
    field=closing_field,
    before=lambda row: str(row.closed_on or gettext("existing")),
    after=lambda row, on: str(row.closed_on or on),
    apply=lambda row, on, by: action.close(organisation=row, on=on, by=by),
    warning=_("A closed body can no longer be chosen. Its cases, accounts and history stay."),
)
REOPEN = Bulk(
    name="reopen",
    label=_("Reopen…"),
    before=lambda row: str(row.closed_on or gettext("existing")),
    after=lambda row, nothing: gettext("existing"),
    apply=lambda row, nothing, by: action.reopen(organisation=row, by=by),
)


@admin.register(Organisation, site=desk)
class OrganisationAdmin(ScopedAdmin):
    permission = Permission.MANAGE_ORGANISATIONS
    scope_path = "path"
    list_display = ["name", "code", "kind", "region", "parent", "standing", "account_count", "room"]
    list_filter = [StandingFilter, CreditCodeFilter, "kind", ("region", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["region", "parent", "merged_into"]
    search_fields = ["name", "short_name", "code", "uscc"]
    search_help_text = _("Name, short name, code or unified social credit code")
    ordering = ["path"]
    autocomplete_fields = ["parent", "region"]
    fields = ["code", "name", "short_name", "kind", "parent", "region", "uscc", "closed_on", "merged_into", "room"]
    readonly_fields = ["closed_on", "merged_into", "room"]
    actions = ["merge_two"]
    bulk = (SET_REGION, CLOSE, REOPEN)
    change_list_template = "admin/members/organisation/change_list.html"

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        rows = super().get_queryset(request).annotate(account_rows=models.Count("accounts"))
        is_page = request.resolver_match.url_name != "autocomplete"
        return rows.annotate(kept_bytes=quota.bytes_of_organisation()) if is_page else rows

    def get_readonly_fields(self, request: HttpRequest, obj: Organisation | None = None) -> list[str]:
        return [*self.readonly_fields, *(["code"] if obj else [])]

    def choices_for(self, db_field: models.ForeignKey, request: HttpRequest) -> models.QuerySet:
        rows = super().choices_for(db_field, request)
        return rows.current() if db_field.name == "parent" else rows

    def get_search_results(self, request: HttpRequest, queryset: models.QuerySet, search_term: str) -> tuple:
        """Offer only existing bodies where one is chosen."""
        if request.resolver_match.url_name == "autocomplete":
            queryset = queryset.current()
        return super().get_search_results(request, queryset, search_term)

    def get_actions(self, request: HttpRequest) -> dict:
        return super().get_actions(request) | {"merge_two": self.get_action("merge_two")}

    def store(self, by: User, obj: Organisation, values: dict, change: bool) -> Organisation:
        parent = values.pop("parent")
        if not change:
            return action.found(by=by, parent=parent, **values)
        before = Organisation.objects.get(pk=obj.pk)
        organisation = action.change(organisation=before, by=by, **values)
        if parent != before.parent:
            organisation = action.move(organisation=organisation, parent=parent, by=by)
        return organisation

    @admin.display(description=_("standing"), ordering="closed_on")
    def standing(self, row: Organisation) -> str:
        if row.merged_into:
            return gettext("Part of %(name)s") % {"name": row.merged_into}
        return gettext("Closed %(on)s") % {"on": row.closed_on} if row.closed_on else gettext("Existing")

    @admin.display(description=_("files, of the room there is"), ordering="kept_bytes")
    def room(self, row: Organisation) -> str:
        kept, limit = getattr(row, "kept_bytes", 0), settings.UNIT_QUOTA_BYTES
        facts = {"used": filesizeformat(kept), "limit": filesizeformat(limit), "percent": round(100 * kept / limit)}
        return gettext("%(used)s of %(limit)s (%(percent)s %%)") % facts

    @admin.display(description=_("accounts"), ordering="account_rows")
    def account_count(self, row: Organisation) -> int:
        return row.account_rows

    @admin.action(description=_("Merge two organisations…"))
    def merge_two(self, request: HttpRequest, queryset: models.QuerySet) -> HttpResponse | None:
        picked = list(queryset.order_by("pk").values_list("pk", flat=True)[:3])
        if len(picked) != 2:
            messages.warning(request, _("Select exactly two organisations to merge."))
            return None
        return redirect(f"{reverse('admin:members_organisation_merge')}?kept={picked[0]}&absorbed={picked[1]}")

    def get_urls(self) -> list:
        own = [path("merge/", self.admin_site.admin_view(self.merge_view), name="members_organisation_merge")]
        return own + super().get_urls()

    def merge_view(self, request: HttpRequest) -> HttpResponse:
        """Choose two bodies, see side by side what would happen, confirm."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        form = MergeForm(request.GET if "kept" in request.GET else None, self.get_queryset(request))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Merge two organisations"),
            "opts": self.opts,
            "media": self.media + form.media,
            "form": form,
        }
        if form.is_bound:
            scope = self.get_queryset(request).select_related("region", "parent")
            bodies = {name: get_object_or_404(scope, pk=_number(request.GET.get(name))) for name in MergeForm.NAMES}
            if request.method == "POST":
                return self._merge(request, **bodies)
            context |= preview_of(request.user, **bodies)
        return TemplateResponse(request, "admin/members/organisation/merge.html", context)

    def _merge(self, request: HttpRequest, kept: Organisation, absorbed: Organisation) -> HttpResponse:
        try:
            done = merge_organisation.merge(kept=kept, absorbed=absorbed, by=request.user)
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect(request.get_full_path())
        messages.success(
            request, gettext("%(absorbed)s is now part of %(kept)s.") % {"absorbed": absorbed, "kept": kept}
        )
        return redirect("admin:members_merge_change", done.pk)


class MergeForm(forms.Form):
    """Which two."""

    NAMES = ("kept", "absorbed")

    def __init__(self, data: object, scope: models.QuerySet) -> None:
        super().__init__(data, label_suffix="")
        parent = Organisation._meta.get_field("parent")
        labels = {"kept": _("The one to keep"), "absorbed": _("The one that becomes part of it")}
        for name in self.NAMES:
            self.fields[name] = forms.ModelChoiceField(scope, label=labels[name], widget=Chooser(parent))


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 18 else 0


def preview_of(by: User, kept: Organisation, absorbed: Organisation) -> dict:
    """Return what the preview shows: the refusal if there is one, the values of both, the rows that would move."""
    names = ["code", "name", "short_name", "kind", "parent", "region", "uscc", "closed_on"]
    filled = {name for name in merge_organisation.FILLED if getattr(absorbed, name) and not getattr(kept, name)}
    sides = [
        {
            "label": Organisation._meta.get_field(name).verbose_name,
            "kept": _words(kept, name),
            "absorbed": _words(absorbed, name),
            "wins": "absorbed" if name in filled else "kept",
            "differs": _words(kept, name) != _words(absorbed, name),
        }
        for name in names
    ]
    counts = merge_organisation.preview(kept=kept, absorbed=absorbed, by=by)
    return {
        "kept": kept,
        "absorbed": absorbed,
        "refusal": merge_organisation.refusal(kept, absorbed, by),
        "sides": sides,
        "counts": counts,
        "total": sum(count.rows - count.own for count in counts),
    }


def _words(row: Organisation, name: str) -> str:
    display = getattr(row, f"get_{name}_display", None)
    return str((display() if display else getattr(row, name)) or "")


@admin.register(Region, site=desk)
class RegionAdmin(ScopedAdmin):
    """Regions a steward's organisations lie in; the standard's own list is loaded by `load_regions`."""

    permission = Permission.MANAGE_ORGANISATIONS
    list_display = ["name", "code", "level", "parent", "organisation_count"]
    list_filter = ["level"]
    list_select_related = ["parent"]
    search_fields = ["name", "code"]
    search_help_text = _("Name or code")
    ordering = ["path"]
    fields = ["code", "name", "level", "parent"]
    autocomplete_fields = ["parent"]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        mine = Organisation.objects.visible_to(request.user).filter(
            pk__in=[path.rstrip(".").rpartition(".")[2] for path in request.user.paths(self.permission)]
        )
        rows = Region.objects.under(mine.values_list("region__path", flat=True))
        return rows.order_by(*self.ordering).annotate(organisations=models.Count("organisation"))

    def get_readonly_fields(self, request: HttpRequest, obj: Region | None = None) -> list[str]:
        return ["code", "level", "parent"] if obj else []

    def store(self, by: User, obj: Region, values: dict, change: bool) -> Region:
        if change:
            return region_action.rename(region=Region.objects.get(pk=obj.pk), name=values["name"], by=by)
        return region_action.add(by=by, **values)

    @admin.display(description=_("organisations"), ordering="organisations")
    def organisation_count(self, row: Region) -> int:
        return row.organisations
