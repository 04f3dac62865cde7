"""What the holder of a secret link sees: a form to send a text in, or the page of the case it became.

Nobody here is signed in. The address itself is the key, so it goes into no referrer, cache or search engine.
`strict-origin` sends the site's name alone; under `no-referrer` browsers send `Origin: null`, which the check
against forged requests refuses.
"""

import uuid
from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from cases import queries, queries_annotation, queries_holder, queries_question, queries_returns, receipts, workflow
from cases.actions import case as case_actions
from cases.actions import intake, returns, review
from cases.actions import link as link_actions
from cases.forms.intake import LinkSubmissionForm
from cases.forms.link import ResubmitForm, WithdrawForm
from cases.forms.question import AnswerForm
from cases.forms.returns import AnswersForm
from cases.models import Case, Decision, Intake, Revision, SecretLink
from cases.models.case import digest_of
from cases.views.intake import look, show_again
from config.errors import Refused
from config.limits import address_of, hit
from config.uploads.handlers import kept_in_memory, oversized
from members.access import public
from members.middleware import open_case

HOUR = 3600
POSTS_PER_LINK = 60  # our choice: a town that sends its whole year in one afternoon stays below it
POSTS_PER_ADDRESS = 120  # a county behind one address, several links
Kind = Decision.Kind


def held(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Open a view to whoever has a working link; count posts; keep the address out of other people's sight."""

    @wraps(view)
    def checked(request: HttpRequest, token: str, **kwargs: object) -> HttpResponse:
        link = queries.link_for(token)
        if link is not None and link.case_id is not None:
            open_case(link.case_id)
        if link is None:
            response = TemplateResponse(request, "cases/holder/closed.html", status=404)
        elif request.method == "POST" and not within_limits(request, link):
            response = TemplateResponse(request, "cases/holder/too_often.html", status=429)
        else:
            response = view(request, token, link, **kwargs)
        response["Referrer-Policy"] = "strict-origin"
        response["Cache-Control"] = "no-store"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return checked


def within_limits(request: HttpRequest, link: SecretLink) -> bool:
    by_link = hit(f"link|{link.pk}", limit=POSTS_PER_LINK, per_seconds=HOUR)
    by_address = hit(f"link-address|{address_of(request)}", limit=POSTS_PER_ADDRESS, per_seconds=HOUR)
    return by_link and by_address


@public
@kept_in_memory
@require_http_methods(["GET", "HEAD", "POST"])
@held
def page(request: HttpRequest, token: str, link: SecretLink) -> HttpResponse:
    if link.case is not None:
        return case_page(request, token, link.case)
    return submit(request, token, link)


def submit(request: HttpRequest, token: str, link: SecretLink) -> HttpResponse:
    pages = {"page": "cases/holder/submit.html", "preview": "cases/holder/preview.html"}
    if request.method != "POST":
        return look(request, lambda data: LinkSubmissionForm(data, link=link), link=link, **pages)
    form = LinkSubmissionForm(request.POST, request.FILES, link=link, oversized=oversized(request))
    action = request.POST.get("action", "preview")
    if form.is_valid() and action == "submit" and form.is_stated:
        try:
            case = intake.receive(**form.for_receive(), organisation=link.organisation, by=None)
        except Refused as refusal:
            form.add_error(form.source_field, str(refusal))
        else:
            own = link_actions.open_case_page(case=case, once_token=form.cleaned_data["once_token"])
            return redirect(f"{reverse('cases:holder_page', args=[own])}?sent=1")
    return show_again(request, form, action, link=link, **pages)


def case_page(request: HttpRequest, token: str, case: Case, *, status: int = 200, **forms) -> HttpResponse:
    """Show the holder's own case; `forms` are those just sent, with their errors."""
    kinds = {kind for kind in (Kind.RESUBMIT, Kind.WITHDRAW) if holder_may(kind, case)}
    may_revise = queries.may_replace(case, None)
    latest = receipts.latest(case)
    rows = list(latest.fixes.order_by("position")) if latest else []
    asked = queries_returns.standing(case)
    context = {
        "case": case,
        "token": token,
        "public_state": queries.public_state(case),
        "standing": queries_holder.standing(case),
        "address": request.build_absolute_uri(reverse("cases:holder_page", args=[token])),
        "sent": request.GET.get("sent", ""),
        "note": asked.words if asked else queries.return_note(case),
        "questions": [
            (each, AnswerForm(prefix=f"q{each.pk}", auto_id=f"id_q{each.pk}_%s"))
            for each in queries_question.waiting(case)
        ],
        "asked": asked,
        "notes": queries_annotation.beside_list(case),
        "answers": forms.get("answers") or (AnswersForm(items=asked.items) if asked and asked.items else None),
        "counts": receipts.counts((row.kind, row.undone_at is not None) for row in rows),
        "lines": receipts.lines(latest, rows) if latest else [],
        "warnings": latest.warnings if latest else [],
        "resubmit": forms.get("resubmit") or (resubmit_form(case) if may_revise else None),
        "withdraw": forms.get("withdraw") or (WithdrawForm() if Kind.WITHDRAW in kinds else None),
        "is_returned": Kind.RESUBMIT in kinds,
        "is_late": case.status not in workflow.EDITED_BY_AUTHOR,
    }
    return TemplateResponse(request, "cases/holder/case.html", context, status=status)


def holder_may(kind: Decision.Kind, case: Case) -> bool:
    return workflow.allows(kind, Case.State(case.state), has_permission=lambda _permission: False, is_author=True)


def resubmit_form(case: Case, refusal: Refused | None = None) -> ResubmitForm:
    """Offer the text as it stands; a `refusal` stands above it although nothing of the text is wrong."""
    revision = case.current_revision
    values = {"title": revision.title, "body": revision.body, "base": revision.pk, "once_token": uuid.uuid4()}
    if refusal is None:
        return ResubmitForm(initial=values)
    form = ResubmitForm(values)
    form.is_valid()
    form.add_error(None, str(refusal))
    return form


@public
@kept_in_memory
@require_POST
@held
def resubmit(request: HttpRequest, token: str, link: SecretLink) -> HttpResponse:
    """Take the changed text; where the case was returned, it goes back into review with it."""
    case = link.case
    form = ResubmitForm(request.POST, request.FILES, oversized=oversized(request))
    if case is None:
        return redirect("cases:holder_page", token=token)
    asked = queries_returns.standing(case)
    answers = AnswersForm(request.POST, items=asked.items if asked else [])
    if form.is_valid() and answers.is_valid():
        base = case.revisions.filter(pk=form.cleaned_data["base"]).first() or case.current_revision
        try:
            if asked:
                returns.answer(case=case, answers=answers.answers(), by=None)
            send_changed(case, form, base)
        except Refused as refusal:
            if refusal.code == "unanswered":  # the text is stored: go on from there
                form = resubmit_form(case, refusal)
            else:
                form.add_error("file" if form.file_data else "body", str(refusal))
        else:
            return redirect(f"{reverse('cases:holder_page', args=[token])}?sent=again")
    return case_page(request, token, case, resubmit=form, answers=answers if asked else None)


def send_changed(case: Case, form: ResubmitForm, base: Revision) -> None:
    """Store the changed text, then resubmit a returned case; a second press finds it done. Raises: Refused."""
    sent = form.cleaned_data
    is_same = digest_of(sent["title"], sent["body"]) == case.current_revision.digest
    if form.file_data:
        intake.receive_again(
            case=case,
            data=form.file_data,
            filename=sent["file"].name,
            door=Intake.Door.LINK,
            by=None,
            base=base,
            title=sent["title"],
            once_token=sent["once_token"],
        )
    elif not is_same:
        case_actions.revise(
            case=case,
            title=sent["title"],
            body=sent["body"],
            by=None,
            base=base,
            source=Revision.Source.RESUBMISSION,
        )
    case.refresh_from_db()
    if holder_may(Kind.RESUBMIT, case):
        review.decide(case=case, kind=Kind.RESUBMIT, by=None, revision=case.current_revision)


@public
@require_POST
@held
def withdraw(request: HttpRequest, token: str, link: SecretLink) -> HttpResponse:
    case = link.case
    if case is None:
        return redirect("cases:holder_page", token=token)
    form = WithdrawForm(request.POST)
    if form.is_valid():
        try:
            review.decide(
                case=case, kind=Kind.WITHDRAW, by=None, revision=case.current_revision, note=form.cleaned_data["note"]
            )
        except Refused as refusal:
            form.add_error("note", str(refusal))
        else:
            return redirect("cases:holder_page", token=token)
    return case_page(request, token, case, withdraw=form)
