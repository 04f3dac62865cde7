"""The list of fields on the desk: use counts that open exactly those cases, retiring, merging."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from cases.actions import vocabulary as action
from cases.models import Case, SubjectField
from config.errors import Refused
from members.admin.base import ScopedAdmin
from members.admin.bulk import Bulk
from members.admin.site import desk
from members.models import User
from members.permissions import Permission


def standing(row: SubjectField) -> str:
    return gettext("retired on %(on)s") % {"on": row.retired_on} if row.retired_on else gettext("in use")


RETIRE = Bulk(
    name="retire",
    label=_("Retire…"),
    before=standing,
    after=lambda row, nothing: standing(row) if row.retired_on else gettext("retired"),
    apply=lambda row, nothing, by: action.retire(field=row, by=by),
    warning=_("Cases keep a retired field; it is no longer offered."),
)
RESTORE = Bulk(
    name="restore",
    label=_("Restore…"),
    before=standing,
    after=lambda row, nothing: gettext("in use"),
    apply=lambda row, nothing, by: action.restore(field=row, by=by),
)


class MergeForm(forms.Form):
    """Which field goes into which."""

    kept = forms.ModelChoiceField(SubjectField.objects.none(), label=_("The one to keep"))
    absorbed = forms.ModelChoiceField(SubjectField.objects.none(), label=_("The one that becomes part of it"))

    def __init__(self, *args: object) -> None:
        super().__init__(*args, label_suffix="")
        self.fields["kept"].queryset = SubjectField.objects.in_use()
        self.fields["absorbed"].queryset = SubjectField.objects.order_by("position", "pk")


@admin.register(SubjectField, site=desk)
class SubjectFieldAdmin(ScopedAdmin):
    permission = Permission.MANAGE_VOCABULARIES
    list_display = ["name", "code", "position", "use_count", "retired_on"]
    list_filter = [("retired_on", admin.EmptyFieldListFilter)]
    search_fields = ["name", "code"]
    ordering = ["position", "pk"]
    fields = ["code", "name", "position", "retired_on"]
    readonly_fields = ["retired_on"]
    bulk = (RETIRE, RESTORE)
    change_list_template = "admin/cases/subjectfield/change_list.html"

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        mine = models.Q(cases__in=Case.objects.stewarded_by(request.user))
        return super().get_queryset(request).annotate(uses=models.Count("cases", filter=mine))

    def get_readonly_fields(self, request: HttpRequest, obj: SubjectField | None = None) -> list[str]:
        return [*self.readonly_fields, "code"] if obj else self.readonly_fields

    def get_fields(self, request: HttpRequest, obj: SubjectField | None = None) -> list[str]:
        return self.fields if obj else self.fields[:3]

    def store(self, by: User, obj: SubjectField, values: dict, change: bool) -> SubjectField:
        if change:
            return action.change(field=SubjectField.objects.get(pk=obj.pk), by=by, **values)
        return action.add(by=by, **values)

    @admin.display(description=_("cases"), ordering="uses")
    def use_count(self, row: SubjectField) -> str:
        return format_html(
            '<a href="{}?field__id__exact={}">{}</a>', reverse("admin:cases_case_changelist"), row.pk, row.uses
        )

    def get_urls(self) -> list:
        merge = self.admin_site.admin_view(self.merge_view)
        return [path("merge/", merge, name="cases_subjectfield_merge"), *super().get_urls()]

    def merge_view(self, request: HttpRequest) -> HttpResponse:
        """Choose two fields, see how many cases would change, confirm."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        form = MergeForm(request.GET if "kept" in request.GET else None)
        is_chosen = form.is_bound and form.is_valid()
        if request.method == "POST" and is_chosen:
            return self._merge(request, **form.cleaned_data)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Merge two fields"),
            "opts": self.opts,
            "form": form,
            "chosen": form.cleaned_data if is_chosen else None,
            "count": form.cleaned_data["absorbed"].cases.count() if is_chosen else 0,
        }
        return TemplateResponse(request, "admin/cases/subjectfield/merge.html", context)

    def _merge(self, request: HttpRequest, kept: SubjectField, absorbed: SubjectField) -> HttpResponse:
        try:
            count = action.merge(kept=kept, absorbed=absorbed, by=request.user)
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect(request.get_full_path())
        text = ngettext("%(count)s case has the kept field now.", "%(count)s cases have the kept field now.", count)
        messages.success(request, text % {"count": count})
        return redirect("admin:cases_subjectfield_changelist")
