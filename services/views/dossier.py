"""Dossiers: the box that finds, one page per person and per body, and the whole list behind each section."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.paging import paginate
from members import audit, identity_faults
from members.access import fresh_proof, requires
from members.models import Organisation, Person
from members.permissions import Permission
from services.forms.dossier import DossierFindForm, PeriodForm
from services.indicators import columns, periods, sheets
from services.models.ledger import LedgerQuerySet
from services.queries.dossier import body as bodies
from services.queries.dossier import cadence, search, section, timeline
from services.queries.dossier import person as people

EXPORTED = 100_000


@requires(Permission.READ_LEDGER)
@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """Answer the box: a name goes into the address, a number never does; the only one found opens at once."""
    asked = " ".join(request.GET.get("q", "").replace("\x00", "").split())[:60]
    form = DossierFindForm(request.POST or None)
    context = {"form": form, "asked": asked, "found": search.by_name(request.user, asked) if asked else None}
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["text"]
        numbered = search.by_number(request.user, text)
        if not numbered.is_number:
            found = search.by_name(request.user, text)
            return redirect(_page_of(found.only) or f"{reverse('services:dossier_find')}?{urlencode({'q': text})}")
        if len(numbered.people) == 1:
            return redirect(section.person_url(numbered.people[0]))
        if numbered.fault:
            form.add_error("text", identity_faults.sentence(numbered.field, numbered.fault))
        elif not numbered.people:
            form.add_error("text", _("Nobody in your organisations is registered with this number or plate."))
        context |= {"found": search.Found(numbered.people, [], [], False), "asked": ""}
    status = 422 if form.errors else 200
    return TemplateResponse(request, "services/dossier/find.html", context, status=status)


@requires(Permission.READ_LEDGER)
@require_safe
def person(request: HttpRequest, pk: int) -> HttpResponse:
    if kept := people.people(request.user).absorbing(pk):
        return redirect(section.person_url(kept))
    found, today = _person(request, pk), timezone.localdate()
    sections = people.sections(request.user, found)
    shown = [cadence.with_duties(section.shown(one), today) for one in sections]
    posts = people.posts(found)
    context = {
        "person": found,
        "links": people.links(found),
        "lead": people.lead_of(request.user, found),
        "posts": posts,
        "is_gone": people.is_gone(posts, today),
        "further": people.further(request.user, found),
        "today": today,
    }
    return _dossier(request, "services/dossier/person.html", sections, shown, context)


@requires(Permission.READ_LEDGER)
@require_safe
def organisation(request: HttpRequest, pk: int) -> HttpResponse:
    body, today = _body(request, pk), timezone.localdate()
    form = PeriodForm(request.GET if "period" in request.GET else None)
    period = form.cleaned_data["period"] if form.is_bound and form.is_valid() else periods.this_year(today)
    sections = bodies.sections(request.user, body)
    is_enterprise = body.kind == Organisation.Kind.ENTERPRISE
    context = {
        "body": body,
        "is_enterprise": is_enterprise,
        "standing_by": bodies.standing_by(request.user, body, today) if is_enterprise else [],
        "may_edit": is_enterprise and request.user.has_permission(Permission.EDIT_PEOPLE, body),
        "form": form,
        "period": period,
        "offered": bodies.offered_periods(today),
        "tiles": bodies.tiles(request.user, body, period),
        "today": today,
    }
    return _dossier(
        request, "services/dossier/organisation.html", sections, [section.shown(one) for one in sections], context
    )


@requires(Permission.READ_LEDGER)
@require_safe
def person_rows(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    found = _person(request, pk)
    return _rows(request, found, people.sections(request.user, found), name)


@requires(Permission.READ_LEDGER)
@require_safe
def organisation_rows(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    body = _body(request, pk)
    return _rows(request, body, bodies.sections(request.user, body), name)


@requires(Permission.EXPORT_LEDGER)
@fresh_proof
@require_POST
def person_export(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    found = _person(request, pk)
    return _export(request, found, people.sections(request.user, found), name)


@requires(Permission.EXPORT_LEDGER)
@fresh_proof
@require_POST
def organisation_export(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    body = _body(request, pk)
    return _export(request, body, bodies.sections(request.user, body), name)


def _person(request: HttpRequest, pk: int) -> Person:
    return get_object_or_404(people.people(request.user), pk=pk)


def _body(request: HttpRequest, pk: int) -> Organisation:
    rows = bodies.bodies(request.user).select_related("region", "parent", "merged_into")
    return get_object_or_404(rows, pk=pk)


def _page_of(found: Person | Organisation | None) -> str:
    if found is None:
        return ""
    return section.person_url(found) if isinstance(found, Person) else section.body_url(found)


def _dossier(request: HttpRequest, template: str, sections: list, shown: list, context: dict) -> HttpResponse:
    context |= {
        "sections": [one for one in shown if one.count],
        "empty": [one.label for one in shown if not one.count],
        "years": timeline.by_year(sections, *context.pop("further", ())),
        "may_log": request.user.has_permission(Permission.LOG_ACTIVITY),
        "may_handle": request.user.has_permission(Permission.HANDLE_MATTER),
        "may_pair": request.user.has_permission(Permission.MANAGE_PAIRINGS),
    }
    return TemplateResponse(request, template, context)


def _rows(request: HttpRequest, about: Person | Organisation, sections: list, name: str) -> HttpResponse:
    one = section.named(sections, name)
    if one is None:
        raise Http404
    page, table = paginate(request, columns.ordered(one.rows)), columns.table_of(one.rows)
    context = {
        "about": about,
        "back": _page_of(about),
        "is_person": isinstance(about, Person),
        "section": one,
        "page": page,
        "heads": table.heads,
        "lines": [(section.line_of(row).url, table.line(row)) for row in page],
        "may_export": request.user.has_permission(Permission.EXPORT_LEDGER, _keeper(about)),
    }
    return TemplateResponse(request, "services/dossier/rows.html", context)


def _export(request: HttpRequest, about: Person | Organisation, sections: list, name: str) -> HttpResponse:
    """Send exactly the rows of the list as a workbook, and leave an audit row."""
    one = section.named(sections, name)
    if one is None or not request.user.has_permission(Permission.EXPORT_LEDGER, _keeper(about)):
        raise Http404
    rows = one.rows
    if isinstance(rows, LedgerQuerySet):
        rows = rows.within(request.user, Permission.EXPORT_LEDGER)
    rows = columns.ordered(rows)
    count = rows.count()
    if count > EXPORTED:
        messages.error(request, _("These are %(count)s rows. Narrow the list to 100,000 first.") % {"count": count})
        return redirect(_page_of(about))
    table = columns.table_of(rows)
    data = sheets.workbook(
        one.label, [(_("Rows"), str(count)), (_("About"), str(about))], table.heads, map(table.cells, rows)
    )
    audit.record(actor=request.user, event="ledger.export", target=about, key=f"dossier:{one.key}", count=count)
    headers = {"Content-Disposition": content_disposition_header(True, f"{about} {one.label}.xlsx")}
    return HttpResponse(data, content_type=sheets.CONTENT_TYPE, headers=headers)


def _keeper(about: Person | Organisation) -> Organisation | None:
    """Return over whom the right to export must be held: nobody in particular for a body outside one's own subtree."""
    return about.organisation if isinstance(about, Person) else None
