"""Past merges, with the button that takes one back."""

from collections.abc import Callable

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _

from config.errors import Refused
from members.actions import merge as merging
from members.actions import merge_organisation, merge_person
from members.admin.base import ScopedAdmin
from members.admin.site import desk
from members.models import Merge, MergeStep, Organisation, Person
from members.permissions import Permission


class UndoneFilter(admin.SimpleListFilter):
    """Merges that stand, or were taken back."""

    title = _("standing")
    parameter_name = "undone"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list:
        return [("no", _("Stands")), ("yes", _("Undone"))]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        return {
            "no": queryset.filter(undone_at=None),
            "yes": queryset.exclude(undone_at=None),
        }.get(self.value(), queryset)


MODELS: dict[str, type[models.Model]] = {}
UNDOING: dict[str, Callable] = {}
NAMES: dict[str, str] = {}


def offer(model: type[models.Model], undo: Callable, name: str = "name") -> None:
    """Show merges of a model here; `undo` takes one back, `name` is the column its rows are called by."""
    label = model._meta.label_lower
    MODELS[label], UNDOING[label], NAMES[label] = model, undo, name


offer(Organisation, merge_organisation.undo)
offer(Person, merge_person.undo)


def name_of(column: str) -> models.Case:
    """Return the name of the row a merge's plain number stands for."""
    return models.Case(
        *(
            models.When(
                model=label,
                then=models.Subquery(model.objects.filter(pk=models.OuterRef(column)).values(NAMES[label])),
            )
            for label, model in MODELS.items()
        ),
        default=models.Value(""),
        output_field=models.CharField(),
    )


class KindFilter(admin.SimpleListFilter):
    """Merges of organisations, or of people."""

    title = _("kind of row")
    parameter_name = "model"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list:
        return [(label, model._meta.verbose_name_plural) for label, model in MODELS.items()]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        return queryset.filter(model=self.value()) if self.value() in MODELS else queryset


@admin.register(Merge, site=desk)
class MergeAdmin(ScopedAdmin):
    permission = Permission.MANAGE_ORGANISATIONS
    is_addable = False
    is_changeable = False
    list_display = ["kind_of_row", "became_part", "of", "merged_at", "merged_by", "undone_at"]
    list_filter = [KindFilter, UndoneFilter]
    list_select_related = ["merged_by", "undone_by"]
    date_hierarchy = "merged_at"
    ordering = ["-merged_at", "-pk"]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        names = {"kept_name": name_of("kept_id"), "absorbed_name": name_of("absorbed_id")}
        return super().get_queryset(request).annotate(**names)

    @admin.display(description=_("kind of row"), ordering="model")
    def kind_of_row(self, row: Merge) -> str:
        return str(MODELS[row.model]._meta.verbose_name)

    @admin.display(description=_("merged row"), ordering="absorbed_name")
    def became_part(self, row: Merge) -> str:
        return row.absorbed_name

    @admin.display(description=_("kept row"), ordering="kept_name")
    def of(self, row: Merge) -> str:
        return row.kept_name

    def get_urls(self) -> list:
        undo = self.admin_site.admin_view(self.undo_view)
        return [path("<int:pk>/undo/", undo, name="members_merge_undo"), *super().get_urls()]

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """Show what moved and what stayed, table by table."""
        if not self.has_view_permission(request) or object_id is None:
            raise PermissionDenied
        merge = self.get_object(request, object_id)
        if merge is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Merge of %(absorbed)s into %(kept)s")
            % {"absorbed": merge.absorbed_name, "kept": merge.kept_name},
            "opts": self.opts,
            "merge": merge,
            "steps": [(step, *in_words(merge, step)) for step in merge.steps.order_by("outcome", "table", "column")],
        }
        return TemplateResponse(request, "admin/members/merge.html", context)

    def undo_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        merge = get_object_or_404(self.get_queryset(request), pk=pk)
        try:
            UNDOING[merge.model](merge=merge, by=request.user)
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("The merge is undone."))
        return redirect("admin:members_merge_change", merge.pk)


def in_words(merge: Merge, step: MergeStep) -> tuple[str, str]:
    """Return kind of row and column as the models name them; their codes if the table is gone by now."""
    for reference in merging.references(MODELS[merge.model]):
        if (reference.table, reference.field.name) == (step.table, step.column):
            return str(reference.model._meta.verbose_name_plural), str(reference.field.verbose_name)
    return step.table, step.column
