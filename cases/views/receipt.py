"""The receipt of a cleaning: what was taken out, undone line by line; the original beside it."""

from django.contrib import messages
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from cases import contact, queries, receipts
from cases.actions import receipt
from cases.forms.receipt import SwitchForm
from cases.models import Case, Intake
from cases.views.queue import on_trail
from config.errors import Refused
from config.numbers import whole_number
from config.paging import paginate
from config.uploads import storage
from config.uploads.names import safe_name
from members.access import requires, signed_in
from members.permissions import Permission


@signed_in
@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    case = case_or_404(request, pk)
    intake = chosen_intake(request, case)
    counts = receipts.counts((kind, at is not None) for kind, at in intake.fixes.values_list("kind", "undone_at"))
    chosen = next((count for count in counts if count.kind == request.GET.get("kind")), None)
    rows = intake.fixes.order_by("position")
    page = paginate(request, rows.filter(kind=chosen.kind) if chosen else rows, 30)
    context = {
        "case": case,
        "intake": intake,
        "intakes": list(case.intakes.order_by("-pk").only("pk", "received_at", "case")),
        "counts": counts,
        "chosen": chosen,
        "total": sum(count.count for count in counts),
        "page": page,
        "lines": receipts.lines(intake, page.object_list),
        "figures": receipts.figure_lines(case.current_revision.body),
        "contact": contact.masked(contact.unseal(case.contact_cipher, case.uuid)) if case.contact_cipher else "",
        "may_edit": queries.may_edit(case, request.user),
    }
    return TemplateResponse(request, "cases/receipt/detail.html", context)


@requires(Permission.SUBMIT_CASE, Permission.EDIT_CASE)
@require_safe
def kind(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """Show what undoing, or redoing, every line of one kind would put back, before it is done."""
    case = case_or_404(request, pk)
    intake = chosen_intake(request, case)
    is_redo = request.GET.get("redo") == "1"
    rows = list(intake.fixes.filter(kind=kind, undone_at__isnull=not is_redo).order_by("position"))
    if not rows:
        raise Http404
    context = {
        "case": case,
        "intake": intake,
        "label": receipts.label_of(kind),
        "is_redo": is_redo,
        "lines": receipts.lines(intake, rows),
        "characters": sum(len("".join(row.removed.split())) for row in rows),
        "may_edit": queries.may_edit(case, request.user),
    }
    return TemplateResponse(request, "cases/receipt/kind.html", context)


@requires(Permission.SUBMIT_CASE, Permission.EDIT_CASE)
@require_POST
def switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo or redo the lines named in the form."""
    case = case_or_404(request, pk)
    form = SwitchForm(request.POST, case=case)
    if not form.is_valid():
        messages.error(request, _("This page is out of date. Look at the receipt as it is now, then try again."))
        return redirect(on_trail(request, reverse("cases:receipt_detail", args=[case.pk])))
    sent = form.cleaned_data
    change = receipt.redo if sent["action"] == "redo" else receipt.undo
    try:
        outcome = change(intake=sent["intake"], positions=sent["lines"], by=request.user, base=sent["base"])
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        tell_outcome(request, outcome, is_redo=sent["action"] == "redo")
    query = f"?intake={sent['intake'].pk}" + (f"&kind={sent['kind']}" if sent["kind"] else "")
    anchor = f"#line-{sent['lines'][0]}" if len(sent["lines"]) == 1 else ""
    page = f"&page={sent['page']}" if sent["page"] else ""
    return redirect(on_trail(request, f"{reverse('cases:receipt_detail', args=[case.pk])}{query}{page}") + anchor)


def tell_outcome(request: HttpRequest, outcome: receipt.Outcome, *, is_redo: bool) -> None:
    if not outcome.done:
        messages.info(request, _("There was nothing left to change: this was done before."))
        return
    done = (
        ngettext("%(count)d place is cleaned again.", "%(count)d places are cleaned again.", outcome.done)
        if is_redo
        else ngettext("%(count)d place is put back.", "%(count)d places are put back.", outcome.done)
    )
    messages.success(
        request,
        done % {"count": outcome.done}
        + (_(" This is revision %(number)d.") % {"number": outcome.revision.number} if outcome.revision else ""),
    )
    if outcome.left:
        sentence = ngettext(
            "%(count)d place was left alone, since the words around it were changed. Edit it by hand.",
            "%(count)d places were left alone, since the words around them were changed. Edit them by hand.",
            len(outcome.left),
        )
        messages.warning(request, sentence % {"count": len(outcome.left)})


@signed_in
@require_safe
def compare(request: HttpRequest, pk: int) -> HttpResponse:
    case = case_or_404(request, pk)
    intake = chosen_intake(request, case)
    active = [receipt.as_fix(row) for row in intake.fixes.filter(undone_at=None).order_by("position")]
    context = {"case": case, "intake": intake, "pieces": receipts.pieces(intake.reading, active)}
    return TemplateResponse(request, "cases/receipt/compare.html", context)


@signed_in
@require_safe
def original(request: HttpRequest, pk: int, intake_pk: int) -> HttpResponse:
    """Hand out the very bytes that came in, as a download."""
    case = case_or_404(request, pk)
    intake = get_object_or_404(case.intakes, pk=intake_pk)
    filename = safe_name(intake.filename) if intake.filename else f"{case.number}.txt"
    return storage.served(
        request,
        shelf=storage.ORIGINALS,
        sha256=intake.sha256,
        content_type="application/octet-stream",
        filename=filename,
    )


def case_or_404(request: HttpRequest, pk: int) -> Case:
    return get_object_or_404(Case.objects.visible_to(request.user).with_row(), pk=pk)


def chosen_intake(request: HttpRequest, case: Case) -> Intake:
    """Return the arrival named in the address, else the newest. Raises: Http404 where there is none."""
    rows = case.intakes.select_related("received_by", "revision").order_by(F("pk").desc())
    wanted = whole_number(request.GET.get("intake"))
    intake = (rows if wanted is None else rows.filter(pk=wanted)).first()
    if intake is None:
        raise Http404
    return intake
