"""Changing many rows of the desk at once: choose, see what would change, confirm."""

from collections.abc import Callable
from dataclasses import dataclass

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config.errors import Refused
from members.models import User

LIMIT = 200  # the audit log is locked for everybody until the last row is written
SHOWN = 50


@dataclass(frozen=True)
class Line:
    """One row of the preview: what stands there now and what would."""

    row: models.Model
    before: str
    after: str

    @property
    def is_change(self) -> bool:
        """A row that has the value already is left alone."""
        return self.before != self.after


@dataclass(frozen=True)
class Bulk:
    """One kind of change to many rows.

    `apply(row, value, by)` calls the action, with its audit row and its refusals. `before(row)` and
    `after(row, value)` are the words of the preview. `field(model_admin, request)` makes the form field the new value
    is asked with; None where there is nothing to ask.
    """

    name: str
    label: str
    apply: Callable[[models.Model, object, User], object]
    before: Callable[[models.Model], str]
    after: Callable[[models.Model, object], str]
    field: Callable[[admin.ModelAdmin, HttpRequest], forms.Field] | None = None
    warning: str = ""

    def as_action(self) -> Callable:
        """Return the function Django's changelist calls for the selected rows."""

        def run(model_admin: admin.ModelAdmin, request: HttpRequest, queryset: models.QuerySet) -> HttpResponse | None:
            return run_bulk(self, model_admin, request, queryset)

        return run


def run_bulk(
    bulk: Bulk, model_admin: admin.ModelAdmin, request: HttpRequest, queryset: models.QuerySet
) -> HttpResponse | None:
    """Show the preview, or change the rows when it was confirmed. None sends Django back to the list.

    Rows that were refused a value are shown again with it, so that another can be tried.
    """
    rows = list(queryset.order_by("pk")[: LIMIT + 1])
    if len(rows) > LIMIT:
        messages.error(
            request,
            _("At most %(limit)s rows are changed at once. Narrow the list by search or filter, then select again.")
            % {"limit": LIMIT},
        )
        return None
    form = _form(bulk, model_admin, request)
    is_answered = form is None or (form.is_bound and form.is_valid())
    value = form.cleaned_data["value"] if form is not None and is_answered else None
    lines = _lines(bulk, rows, value, is_answered=is_answered)
    if is_answered and "confirm" in request.POST:
        rows = _change(bulk, request, [line for line in lines if line.is_change], value)
        if not rows or form is None:
            return None
        lines = _lines(bulk, rows, value, is_answered=True)
    changes = [line for line in lines if line.is_change]
    context = {
        **model_admin.admin_site.each_context(request),
        "title": bulk.label,
        "opts": model_admin.opts,
        "media": model_admin.media + (form.media if form else forms.Media()),
        "bulk": bulk,
        "form": form,
        "is_answered": is_answered,
        "rows": rows,
        "lines": lines[:SHOWN],
        "hidden_lines": max(len(lines) - SHOWN, 0),
        "change_count": len(changes) if is_answered else 0,
        "same_count": len(lines) - len(changes) if is_answered else 0,
        "checkbox": ACTION_CHECKBOX_NAME,
    }
    return TemplateResponse(request, "admin/bulk_preview.html", context)


def _lines(bulk: Bulk, rows: list[models.Model], value: object, *, is_answered: bool) -> list[Line]:
    return [Line(row, bulk.before(row), bulk.after(row, value) if is_answered else "") for row in rows]


def _form(bulk: Bulk, model_admin: admin.ModelAdmin, request: HttpRequest) -> forms.Form | None:
    if bulk.field is None:
        return None
    is_asked = any(name == "value" or name.startswith("value_") for name in request.POST)
    form = forms.Form(request.POST if is_asked else None, label_suffix="")
    form.fields["value"] = bulk.field(model_admin, request)
    return form


@transaction.atomic
def _change(bulk: Bulk, request: HttpRequest, lines: list[Line], value: object) -> list[models.Model]:
    """Change row by row, each with its audit row, in one transaction; a refused row stays, is named, and returned."""
    done, refused, rows = 0, [], []
    for line in lines:
        try:
            with transaction.atomic():
                bulk.apply(line.row, value, request.user)
            done += 1
        except Refused as refusal:
            refused.append(_("%(what)s: %(why)s") % {"what": line.row, "why": refusal})
            rows.append(line.row)
    if done:
        messages.success(request, ngettext("%(count)s row changed.", "%(count)s rows changed.", done) % {"count": done})
    if not lines:
        messages.warning(request, _("Nothing to change: every selected row has this value already."))
    for sentence in refused[:5]:
        messages.error(request, sentence)
    if len(refused) > 5:
        messages.error(request, _("%(count)s more rows were refused.") % {"count": len(refused) - 5})
    return rows
