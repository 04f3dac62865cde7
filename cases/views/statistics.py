"""The statistics of the desk and of a unit's own submissions, the rows behind every number, and their workbooks."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cases.exports import statistics as books
from cases.forms.statistics import RowsForm, ScopeForm
from cases.statistics import counts
from cases.statistics import load as loads
from cases.statistics import rows as reading
from cases.statistics.tables import Links, cells, charts, tables
from cases.views.export import sent
from config.paging import paginate
from members import audit
from members.access import fresh_proof, requires
from members.permissions import Permission
from services.indicators import sheets

LARGEST = 100_000  # rows of a workbook


@requires(Permission.READ_DESK)
@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    form = ScopeForm(request.GET)
    context = {"form": form, "is_desk": True}
    if form.is_valid():
        cases = form.narrow(reading.of_desk(request.user))
        found, links = counts.count(cases), Links(reverse("cases:statistics_rows"), form.asked)
        context |= {
            "total": found.total,
            "cells": cells(found.total, links),
            "tables": tables(found, links),
            "charts": charts(found, links),
            "stages": [
                (stage, links.to(left=stage.state), links.to(now=stage.state)) for stage in counts.stage_times(cases)
            ],
            "result": counts.to_result(cases),
            "measured": list(loads.LABELS.values()),
            "load": _load(cases, links) if _sees_people(request) else None,
            "export": f"{reverse('cases:statistics_export')}?{urlencode(form.asked)}",
        }
    status = 200 if form.is_valid() else 422
    return TemplateResponse(request, "cases/statistics/desk.html", context, status=status)


@requires(Permission.SUBMIT_CASE)
@require_safe
def ours(request: HttpRequest) -> HttpResponse:
    """Show a unit what became of its own submissions, with the editors' reasons in their words."""
    form = ScopeForm(request.GET)
    context = {"form": form}
    if form.is_valid():
        cases = form.narrow(reading.of_units(request.user))
        found = counts.count(cases, is_desk=False)
        links = Links(reverse("cases:statistics_ours_rows"), form.asked)
        context |= {
            "total": found.total,
            "cells": cells(found.total, links),
            "tables": tables(found, links, is_desk=False),
            "result": counts.to_result(cases, is_desk=False),
            "page": paginate(request, reading.with_reason(cases), 25),
        }
    status = 200 if form.is_valid() else 422
    return TemplateResponse(request, "cases/statistics/ours.html", context, status=status)


@requires(Permission.READ_DESK)
@require_safe
def rows(request: HttpRequest) -> HttpResponse:
    return _rows(request, reading.of_desk(request.user), "cases:statistics_rows_export")


@requires(Permission.SUBMIT_CASE)
@require_safe
def ours_rows(request: HttpRequest) -> HttpResponse:
    return _rows(request, reading.of_units(request.user), "cases:statistics_ours_export")


@requires(Permission.READ_DESK)
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """Send the tables of the page as a workbook, and leave an audit row."""
    form = ScopeForm(request.GET)
    if not form.is_valid():
        return redirect("cases:statistics_desk")
    cases = form.narrow(reading.of_desk(request.user))
    found = counts.count(cases)
    data = books.tables(form, tables(found, None), counts.stage_times(cases))
    audit.record(actor=request.user, event="case.export", key="statistics", count=found.total.numbers["received"])
    return sent(data, sheets.CONTENT_TYPE, f"{_('Statistics of cases')} {timezone.localdate():%Y-%m-%d}.xlsx")


@requires(Permission.READ_DESK)
@fresh_proof
@require_POST
def rows_export(request: HttpRequest) -> HttpResponse:
    return _rows_export(request, reading.of_desk(request.user), is_desk=True)


@requires(Permission.SUBMIT_CASE)
@fresh_proof
@require_POST
def ours_export(request: HttpRequest) -> HttpResponse:
    return _rows_export(request, reading.of_units(request.user), is_desk=False)


def _sees_people(request):
    return request.user.has_permission(Permission.PUBLISH_CASE)


def _load(cases, links):
    """Each person with the numbers and their rows."""
    return [
        (
            one.person,
            [(number, links.to(person=str(one.person.pk), load=name)) for name, number in one.numbers.items()],
        )
        for one in loads.load(cases)
    ]


def _form(request, *, is_desk):
    return RowsForm(request.GET, is_desk=is_desk, sees_people=is_desk and _sees_people(request))


def _rows(request, cases, export_name):
    is_desk = export_name == "cases:statistics_rows_export"
    form = _form(request, is_desk=is_desk)
    context = {"form": form, "is_desk": is_desk}
    if form.is_valid():
        context["page"] = paginate(request, reading.with_reason(form.narrow(cases)))
        context["export"] = f"{reverse(export_name)}?{request.GET.urlencode()}"
    status = 200 if form.is_valid() else 422
    return TemplateResponse(request, "cases/statistics/rows.html", context, status=status)


def _rows_export(request, cases, *, is_desk):
    form = _form(request, is_desk=is_desk)
    if not form.is_valid():
        return redirect("cases:statistics_desk" if is_desk else "cases:statistics_ours")
    found = reading.with_reason(form.narrow(cases))[:LARGEST]
    data, count = books.rows(form.words, found, is_desk=is_desk)
    audit.record(actor=request.user, event="case.export", key="statistics:rows", count=count)
    return sent(data, sheets.CONTENT_TYPE, f"{_('Statistics of cases')} {timezone.localdate():%Y-%m-%d}.xlsx")
