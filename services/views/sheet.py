"""Sheets of criteria: taking one over from those we ship, changing its lines."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.errors import Refused
from members.access import requires
from members.permissions import Permission
from services.actions import assessment as actions
from services.forms.assessment import AdoptForm, CriterionForm, SheetEndForm
from services.models import Criterion, Sheet
from services.queries import assessment as queries
from services.views.assessment import load_sheet


@requires(Permission.READ_LEDGER)
@require_safe
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    found = load_sheet(request, pk)
    return _sheet_page(request, found, SheetEndForm(initial={"ends_on": found.ends_on}))


@requires(Permission.ASSESS)
@require_http_methods(["GET", "HEAD", "POST"])
def adopt(request: HttpRequest) -> HttpResponse:
    form = AdoptForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.adopt(by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The sheet stands. Change what does not fit."))
            return redirect(made)
    return TemplateResponse(request, "services/assessment/adopt.html", {"form": form})


@requires(Permission.ASSESS)
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest, pk: int) -> HttpResponse:
    return _edit(request, load_sheet(request, pk), None)


@requires(Permission.ASSESS)
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, pk: int, criterion: int) -> HttpResponse:
    found = load_sheet(request, pk)
    return _edit(request, found, get_object_or_404(found.criteria, pk=criterion))


@requires(Permission.ASSESS)
@require_POST
def remove(request: HttpRequest, pk: int, criterion: int) -> HttpResponse:
    found = load_sheet(request, pk)
    try:
        actions.remove_criterion(criterion=get_object_or_404(found.criteria, pk=criterion), by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The criterion was taken off."))
    return redirect(found)


@requires(Permission.ASSESS)
@require_POST
def end(request: HttpRequest, pk: int) -> HttpResponse:
    found, form = load_sheet(request, pk), SheetEndForm(request.POST)
    if form.is_valid():
        try:
            actions.end(sheet=found, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error("ends_on", str(refusal))
        else:
            messages.success(request, _("The end of the sheet is kept."))
            return redirect("services:assessment_sheet", found.pk)
    return _sheet_page(request, found, form)


def _sheet_page(request: HttpRequest, found: Sheet, form: SheetEndForm) -> HttpResponse:
    context = {
        "sheet": found,
        "categories": queries.by_figure(found),
        "may_edit": queries.may_edit(request.user, found),
        "form": form,
    }
    status = 422 if form.errors else 200
    return TemplateResponse(request, "services/assessment/sheet.html", context, status=status)


def _edit(request: HttpRequest, found: Sheet, criterion: Criterion | None) -> HttpResponse:
    if not queries.may_edit(request.user, found):
        messages.error(request, str(actions.OUTSIDE))
        return redirect(found)
    form = CriterionForm(request.POST or None, criterion=criterion)
    if request.method == "POST" and form.is_valid():
        try:
            actions.put_criterion(sheet=found, criterion=criterion, by=request.user, **form.values)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The criterion is kept."))
            return redirect(found)
    context = {"sheet": found, "criterion": criterion, "form": form}
    return TemplateResponse(request, "services/assessment/criterion.html", context)
