"""Two rows that are one thing: choose, see what would move, confirm. The base of the tables that can be merged."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path

from config.errors import Refused
from members.admin.base import ScopedAdmin


class MergeForm(forms.Form):
    """Which row goes into which."""

    kept = forms.ModelChoiceField(None)
    absorbed = forms.ModelChoiceField(None)

    def __init__(self, *args: object, rows: models.QuerySet, labels: tuple[str, str]) -> None:
        super().__init__(*args, label_suffix="")
        for name, label in zip(("kept", "absorbed"), labels, strict=True):
            self.fields[name].queryset, self.fields[name].label = rows, label


class MergingAdmin(ScopedAdmin):
    """A table whose rows are merged on a page of their own; `preview`, `refusal` and `merge` are the actions'."""

    merge_title: str
    merge_labels: tuple[str, str]
    merge_words: str
    merge_done: str
    preview: Callable
    refusal: Callable
    merge: Callable
    change_list_template = "admin/services/change_list_merging.html"

    def merge_rows(self, request: HttpRequest) -> models.QuerySet:
        """Return what may be chosen."""
        return self.get_queryset(request)

    def get_urls(self) -> list:
        name = f"{self.opts.app_label}_{self.opts.model_name}_merge"
        return [path("merge/", self.admin_site.admin_view(self.merge_view), name=name), *super().get_urls()]

    def merge_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_change_permission(request):
            raise PermissionDenied
        asked = request.GET if "kept" in request.GET else None
        form = MergeForm(asked, rows=self.merge_rows(request), labels=self.merge_labels)
        chosen = form.cleaned_data if form.is_bound and form.is_valid() else None
        reason = type(self).refusal(by=request.user, **chosen) if chosen else None
        if request.method == "POST" and chosen:
            return self._merge(request, chosen)
        context = {
            **self.admin_site.each_context(request),
            "title": self.merge_title,
            "opts": self.opts,
            "form": form,
            "chosen": chosen,
            "reason": reason,
            "words": self.merge_words,
            "counts": type(self).preview(absorbed=chosen["absorbed"]) if chosen and not reason else [],
        }
        return TemplateResponse(request, "admin/services/merge.html", context)

    def _merge(self, request: HttpRequest, chosen: dict) -> HttpResponse:
        try:
            done = type(self).merge(by=request.user, **chosen)
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect(request.get_full_path())
        messages.success(request, self.merge_done)
        return redirect("admin:members_merge_change", done.pk)
