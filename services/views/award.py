"""A list of certificates or honours: good rows go in, the others come back with a reason or a question."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from config.errors import Refused
from config.uploads.handlers import kept_in_memory
from members.access import requires
from members.imports import workbook
from members.permissions import Permission
from services.actions import grant as actions
from services.certificates import HEADERS
from services.forms.award import AwardListForm, questions
from services.indicators import sheets
from services.queries import award as queries


@requires(Permission.LOG_ACTIVITY)
@kept_in_memory
@require_http_methods(["GET", "HEAD", "POST"])
def list_(request: HttpRequest) -> HttpResponse:
    form = AwardListForm(request.POST or None, request.FILES or None, user=request.user)
    if request.method != "POST":
        return _page(request, form)
    if not form.is_valid():
        return _page(request, form.with_lines(form.lines) if form.lines else form, status=422)
    found = queries.examine(
        request.user,
        kind=form.cleaned_data["kind"],
        lines=form.lines,
        usual=form.usual,
        today=timezone.localdate(),
        answers=form.answers,
        without_names=form.cleaned_data["without_names"],
    )
    if "download" in request.POST:
        return _workbook(found)
    try:
        made, known = actions.give_list(
            organisation=form.cleaned_data["organisation"],
            kind=form.cleaned_data["kind"],
            ready=found.ready,
            once=form.cleaned_data["once"],
            by=request.user,
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, form.with_lines(form.lines), status=409)
    _tell(request, made, known)
    if not found.left:
        return redirect(f"{reverse('services:grant_list')}?together={made[0].pk}" if made else "services:grant_list")
    return _page(request, form.with_lines(found.left), found)


def _tell(request: HttpRequest, made: list, known: int) -> None:
    if made:
        said = ngettext("%(count)d row entered.", "%(count)d rows entered.", len(made))
        messages.success(request, said % {"count": len(made)})
    if known:
        said = ngettext(
            "%(count)d row was here already: nothing is doubled.",
            "%(count)d rows were here already: nothing is doubled.",
            known,
        )
        messages.info(request, said % {"count": known})


def _workbook(found: queries.Examined) -> HttpResponse:
    """Send the rows that cannot be taken yet, each with its reason."""
    several = _("Several people are called that: write the employer as well.")
    reasons = [*((line, several) for line, _people in found.asked), *found.bad]
    heads = [words.split()[0] for words in HEADERS.values()]
    rows = [([line.cell(column) for column in HEADERS], str(why)) for line, why in reasons]
    data = workbook.build(heads, rows, _("Reason"))
    name = f"{_('Rows not taken')}.xlsx"
    headers = {"Content-Disposition": content_disposition_header(True, name)}
    return HttpResponse(data, content_type=sheets.CONTENT_TYPE, headers=headers)


def _page(
    request: HttpRequest, form: AwardListForm, found: queries.Examined | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "questions": questions(found.asked) if found else [],
        "bad": found.bad if found else [],
        "left": len(found.left) if found else 0,
    }
    return TemplateResponse(request, "services/award/list.html", context, status=status)
