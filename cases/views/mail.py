"""Letters to the mailbox: the lists, one letter, and what an editor does with it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from cases import contact, queries_mail, queries_question
from cases.actions import mail
from cases.forms.mail import AdmitForm, AttachForm, MailFilterForm
from cases.models import Message, MessagePart
from config import sealed
from config.errors import Refused
from config.paging import paginate
from config.uploads import gate, storage
from config.uploads.names import safe_name
from members.access import requires
from members.permissions import Permission


@requires(Permission.EDIT_CASE)
@require_safe
def list_(request: HttpRequest) -> HttpResponse:
    tab = queries_mail.tab_named(request.GET.get("tab"))
    filters = MailFilterForm(request.GET)
    words = filters.cleaned_data["q"] if filters.is_valid() else ""
    context = {
        "tab": tab,
        "counts": queries_mail.counts(request.user),
        "filters": filters,
        "words": words,
        "page": paginate(request, queries_mail.rows(request.user, tab, words)),
    }
    return TemplateResponse(request, "cases/mail/list.html", context)


@requires(Permission.EDIT_CASE)
@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _load(request, pk))


@requires(Permission.EDIT_CASE)
@require_POST
def admit(request: HttpRequest, pk: int) -> HttpResponse:
    found = _load(request, pk)
    form = AdmitForm(request.POST, message=found, user=request.user)
    if form.is_valid():
        try:
            cases = mail.admit(message=found, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            numbers = "、".join(case.number for case in cases)
            said = ngettext("Admitted as %(numbers)s.", "Admitted as %(numbers)s.", len(cases))
            messages.success(request, said % {"numbers": numbers})
            return redirect(cases[0] if len(cases) == 1 else found)
    return _page(request, _load(request, pk), status=422, admit=form)


@requires(Permission.EDIT_CASE)
@require_POST
def attach(request: HttpRequest, pk: int) -> HttpResponse:
    found = _load(request, pk)
    form = AttachForm(request.POST, message=found, user=request.user)
    if form.is_valid():
        case = form.cleaned_data["number"]
        try:
            mail.attach(message=found, case=case, part=form.cleaned_data["part"], by=request.user)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The letter belongs to %(number)s now.") % {"number": case.number})
            return redirect(found)
    return _page(request, _load(request, pk), status=422, attach=form)


@requires(Permission.EDIT_CASE)
@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    return _move(request, pk, mail.discard, _("The letter is discarded. It can be brought back."))


@requires(Permission.EDIT_CASE)
@require_POST
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    return _move(request, pk, mail.restore, _("The letter waits again."))


@requires(Permission.EDIT_CASE)
@require_safe
def original(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out the very bytes that came in, as a download."""
    found = _load(request, pk)
    return _file(request, found.sha256, f"{found.number}.eml")


@requires(Permission.EDIT_CASE)
@require_safe
def file(request: HttpRequest, pk: int, position: int) -> HttpResponse:
    """Hand out an attachment that came through the gate, as a download."""
    found = _load(request, pk)
    parts = found.parts.exclude(sha256="")
    part = get_object_or_404(parts, position=position)
    return _file(request, part.sha256, safe_name(part.name) if part.name else f"{found.number}.txt")


def _file(request, sha256, filename):
    return storage.served(
        request,
        shelf=storage.ORIGINALS,
        sha256=sha256,
        content_type=gate.content_type_of(filename),
        filename=filename,
    )


def _load(request, pk):
    rows = Message.objects.visible_to(request.user).select_related("case", "settled_by", "organisation")
    return get_object_or_404(rows, pk=pk)


def _move(request, pk, action, said):
    found = _load(request, pk)
    if not request.user.has_permission(Permission.EDIT_CASE, found.organisation):
        raise PermissionDenied
    try:
        action(message=found, by=request.user)
        messages.success(request, said)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect(found)


def _page(request, found, *, status=200, **forms):
    is_waiting = found.state == Message.State.WAITING
    parts = list(found.parts.select_related("case").order_by("position"))
    texts = any(part.use == MessagePart.Use.TEXT for part in parts)
    context = {
        "letter": found,
        "sender": contact.masked(sealed.unseal(found, "sender_cipher")) if found.sender_cipher else "",
        "files": [part for part in parts if part.name],
        "cases": list({part.case.pk: part.case for part in parts if part.case_id}.values()),
        "questions": queries_question.waiting(found.case) if found.case and not is_waiting else [],
        "admit": forms.get("admit") or (AdmitForm(message=found, user=request.user) if is_waiting and texts else None),
        "attach": forms.get("attach") or (AttachForm(message=found, user=request.user) if is_waiting else None),
        "may_discard": found.status in mail.MOVES["discard"],
        "may_restore": found.status in mail.MOVES["restore"],
    }
    return TemplateResponse(request, "cases/mail/detail.html", context, status=status)
