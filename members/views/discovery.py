"""Leads: counts that open their rows, one lead with its steps, visits to enterprises and who is still to be visited."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.errors import Refused
from config.paging import paginate
from members import queries, workflow
from members.access import fresh_proof, requires
from members.actions import discovery
from members.forms.discovery import ContactFilterForm, GroupForm, LeadFilterForm, MoveForm, VisitForm
from members.imports import workbook
from members.models import CheckIn, Lead
from members.models.discovery import LeadState
from members.permissions import Permission

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@requires(Permission.READ_PEOPLE)
@require_safe
def leads(request: HttpRequest) -> HttpResponse:
    visible = Lead.objects.visible_to(request.user)
    form = LeadFilterForm(request.GET or None, leads=visible)
    rows = queries.narrowed_leads(visible, form.cleaned_data) if form.is_bound and form.is_valid() else visible
    rows = rows.select_related("person", "organisation", "region", "owner")
    is_waiting = form.is_bound and form.is_valid() and form.cleaned_data["waiting"]
    context = {
        "form": form,
        "tallies": queries.lead_tallies(visible),
        "tabs": queries.lead_tabs(visible, request.GET),
        "page": paginate(request, rows.order_by(*(("touched_at", "pk") if is_waiting else ("-found_at", "-pk")))),
        "may_edit": request.user.has_permission(Permission.EDIT_PEOPLE),
    }
    return TemplateResponse(request, "members/discovery/leads.html", context)


@requires(Permission.READ_PEOPLE)
@require_safe
def lead(request: HttpRequest, pk: int) -> HttpResponse:
    found = _load(request, pk)
    may_edit = request.user.has_permission(Permission.EDIT_PEOPLE, found.organisation)
    steps = workflow.TRANSITIONS[LeadState(found.state)] if may_edit else ()
    context = {
        "lead": found,
        "given": CheckIn.objects.visible_to(request.user).filter(person=found.person).select_related("point"),
        "endings": [step for step in steps if step in workflow.ENDINGS],
        "is_reachable": found.state in workflow.REACHABLE,
        "evidence": queries.lead_evidence(found),
        "steps": [step for step in steps if step not in workflow.ENDINGS],
        "may_edit": may_edit,
        "may_return": found.person.industry_committee_id is not None and found.joined_group_at is not None,
        "history": queries.history(found),
    }
    return TemplateResponse(request, "members/discovery/lead.html", context)


@requires(Permission.EDIT_PEOPLE)
@require_POST
def move(request: HttpRequest, pk: int) -> HttpResponse:
    found = _load(request, pk)
    form = MoveForm(request.POST)
    if form.is_valid():
        try:
            moved = discovery.move(lead=found, to=LeadState(form.cleaned_data["to"]), by=request.user)
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("Noted: %(state)s.") % {"state": moved.get_state_display()})
    return redirect(found)


@requires(Permission.EDIT_PEOPLE)
@require_POST
def take(request: HttpRequest, pk: int) -> HttpResponse:
    found = _load(request, pk)
    try:
        discovery.take(lead=found, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect(found)


@requires(Permission.EDIT_PEOPLE)
@require_http_methods(["GET", "HEAD", "POST"])
def visit(request: HttpRequest) -> HttpResponse:
    form = VisitForm(request.POST or None, user=request.user, initial={"enterprise": request.GET.get("enterprise")})
    if request.method == "POST" and form.is_valid():
        fixed = {name: form.cleaned_data[name] for name in ("enterprise", "visited_on", "visitors")}
        found = [discovery.FoundPerson(**row) for row in form.found]
        try:
            _visit, opened = discovery.record_visit(found=found, by=request.user, **fixed)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            said = ngettext(
                "The visit is noted, with %(count)d lead.", "The visit is noted, with %(count)d leads.", len(opened)
            )
            messages.success(request, said % {"count": len(opened)})
            return redirect("members:discovery_coverage")
    return TemplateResponse(request, "members/discovery/visit.html", {"form": form})


@requires(Permission.READ_PEOPLE)
@require_safe
def coverage(request: HttpRequest) -> HttpResponse:
    rows = queries.coverage(request.user)
    context = {
        "page": paginate(request, rows),
        "unvisited_count": rows.filter(last_visit_on=None).count(),
        "may_edit": request.user.has_permission(Permission.EDIT_PEOPLE),
    }
    return TemplateResponse(request, "members/discovery/coverage.html", context)


@requires(Permission.READ_PEOPLE)
@require_safe
def contacts(request: HttpRequest) -> HttpResponse:
    everybody = queries.contact_list(Lead.objects.visible_to(request.user))
    form = ContactFilterForm(request.GET or None, leads=everybody)
    rows = queries.narrowed_contacts(everybody, form.cleaned_data) if form.is_bound and form.is_valid() else everybody
    rows = rows.select_related("person__party_branch", "region", "joined_group_by")
    context = {
        "form": form,
        "page": paginate(request, rows.order_by("joined_group_at", "-found_at", "-pk")),
        "total": everybody.count(),
        "joined": everybody.exclude(joined_group_at=None).count(),
        "may_edit": request.user.has_permission(Permission.EDIT_PEOPLE),
        "may_export": request.user.has_permission(Permission.EXPORT_PEOPLE),
    }
    return TemplateResponse(request, "members/discovery/contacts.html", context)


@requires(Permission.EXPORT_PEOPLE)
@fresh_proof
@require_POST
def export_contacts(request: HttpRequest) -> HttpResponse:
    """Give the contact list as a workbook, numbers masked; it is on record who took how many rows."""
    headers, rows = discovery.export_contacts(by=request.user)
    response = HttpResponse(workbook.table(headers, rows), content_type=XLSX)
    response["Content-Disposition"] = content_disposition_header(True, _("Contact list") + ".xlsx")
    return response


@requires(Permission.EDIT_PEOPLE)
@require_POST
def group(request: HttpRequest, pk: int) -> HttpResponse:
    """Note that somebody joined the contact group, or take it back."""
    found = _load(request, pk)
    form = GroupForm(request.POST)
    if form.is_valid():
        try:
            discovery.join_group(lead=found, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            messages.error(request, str(refusal))
    return redirect(found if "from_lead" in request.POST else "members:discovery_contacts")


def _load(request: HttpRequest, pk: int) -> Lead:
    rows = Lead.objects.visible_to(request.user).select_related("person", "organisation", "region", "owner")
    return get_object_or_404(rows, pk=pk)
