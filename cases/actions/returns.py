"""The checklist of a return: collected at the desk, answered by the unit, judged item by item."""

from collections.abc import Mapping, Sequence
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases import queries, workflow
from cases.actions import returns_letter
from cases.actions.case import locked
from cases.intake import answers as reading
from cases.models import Case, Decision, RequestItem, RevisionRequest
from cases.models.returns import ITEMS, TEXT_LENGTH, WORKING_DAYS, Answer, Verdict
from config.dates import add_workdays
from config.errors import Refused, WrongState
from members import audit
from members.models import User
from members.permissions import Permission

COLLECTED_IN = frozenset({*workflow.HELD, Case.State.RETURNED})


@transaction.atomic
def collect(
    *,
    case: Case,
    text: str,
    by: User,
    paragraph: int | None = None,
    quote: str = "",
    figure: str = "",
    carried_from: RequestItem | None = None,
) -> RequestItem:
    """Put an item down for the next request of a case; the unit reads it once the case is returned.

    Raises: WrongState when the case is not the desk's; Refused without words, or with more items than anybody reads.
    Side effects in order: lock, item, audit row.
    """
    case = _at_desk(case, by)
    text = text.strip()
    if not text:
        raise Refused(_("Write what is to be changed."), code="text_missing")
    if len(text) > TEXT_LENGTH:
        sentence = _("An item has at most %(limit)d characters. Make two of it.")
        raise Refused(sentence % {"limit": TEXT_LENGTH}, code="too_long")
    if case.request_items.collected().count() >= ITEMS:
        raise Refused(_("A list holds at most %(limit)d items. Nobody reads more.") % {"limit": ITEMS}, code="too_many")
    item = RequestItem.objects.create(
        case=case,
        text=text,
        paragraph=paragraph,
        quote=quote[:TEXT_LENGTH],
        figure=figure,
        carried_from=carried_from,
        asked_by=by,
        asked_at=timezone.now(),
    )
    audit.record(actor=by, event="return.collect", target=item, case=case.pk)
    return item


@transaction.atomic
def drop(*, item: RequestItem, by: User) -> None:
    """Take an item off the list again, before the unit has read it.

    Raises: WrongState when it was sent meanwhile. Side effects in order: lock, row gone, audit row.
    """
    case = _at_desk(item.case, by)
    item = case.request_items.collected().filter(pk=item.pk).first()
    if item is None:
        raise WrongState(_("This item has been sent or taken off meanwhile. Reload the page."))
    audit.record(actor=by, event="return.drop", target=item, case=case.pk)
    item.delete()


def follow(*, case: Case, decision: Decision, due_on: date | None, texts: Sequence[str]) -> None:
    """Close the request of a case that leaves the unit's table, open one for a return. Runs within `decide`."""
    if decision.from_state == Case.State.RETURNED:
        case.requests.standing().update(closed_at=decision.decided_at)
    if decision.kind == Decision.Kind.RETURN:
        _send(case, decision, due_on, texts)


def _send(case: Case, decision: Decision, due_on: date | None, texts: Sequence[str]) -> None:
    """Make what was collected, and `texts` after it, the request; without a `due_on` the unit has ten working days."""
    request = RevisionRequest.objects.create(
        case=case, decision=decision, due_on=due_on or add_workdays(timezone.localdate(), WORKING_DAYS)
    )
    items = list(case.request_items.collected().order_by("pk"))
    for position, item in enumerate(items, start=1):
        item.request, item.position = request, position
    RequestItem.objects.bulk_update(items, ["request", "position"])
    RequestItem.objects.bulk_create(
        RequestItem(
            case=case,
            request=request,
            position=position,
            text=text[:TEXT_LENGTH],
            asked_by=decision.decided_by,
            asked_at=decision.decided_at,
        )
        for position, text in enumerate(texts, start=len(items) + 1)
    )
    returns_letter.draft_request(request)


def refuse_unanswered(case: Case) -> None:
    """Say which items are open. Raises: Refused, where a standing request has any."""
    numbers = list(
        RequestItem.objects.filter(request__case=case, request__closed_at=None)
        .unanswered()
        .order_by("position")
        .values_list("position", flat=True)
    )
    if numbers:
        raise Refused(
            _(
                "Not sent yet: item %(numbers)s of the list is not answered. Tick “changed”, or say why it was not "
                "changed, then send again. Everything you wrote is saved."
            )
            % {"numbers": "、".join(map(str, numbers))},
            code="unanswered",
        )


@transaction.atomic
def answer(*, case: Case, answers: Mapping[int, tuple[str, str]], by: User | None) -> int:
    """Keep what the unit says of items, by their key; return how many changed. `by=None` holds the case's own link.

    Raises: WrongState when the case does not lie with the unit. Side effects in order: lock, answers, audit row.
    """
    case = locked(case.pk)
    if by is not None and not queries.is_author(case, by):
        raise WrongState(_("Only the submitting side answers the editors' list."))
    if case.status != Case.State.RETURNED:
        raise WrongState(_("The editors' list is closed: the case no longer lies with you. Reload the page."))
    now, changed = timezone.now(), []
    for item in RequestItem.objects.filter(request__case=case, request__closed_at=None, pk__in=answers):
        said, note = answers[item.pk]
        if (said, note) == (item.answer, item.answer_note) or said not in {"", *Answer.values}:
            continue
        item.answer, item.answer_note = said, note[:TEXT_LENGTH]
        item.answered_at, item.answered_by = now, by
        changed.append(item)
    RequestItem.objects.bulk_update(changed, ["answer", "answer_note", "answered_at", "answered_by"])
    if changed:
        audit.record(actor=by, event="return.answer", target=case, items=[item.pk for item in changed])
    return len(changed)


def answer_in_letter(*, case: Case, text: str) -> int:
    """Keep what a letter says of items, by their numbers; return how many changed. Raises: as `answer`."""
    said = reading.read(text)
    items = RequestItem.objects.filter(request__case=case, request__closed_at=None, position__in=said)
    return answer(
        case=case,
        answers={
            item.pk: (Answer.DONE if said[item.position].is_done else Answer.NOT_DONE, said[item.position].note)
            for item in items
        },
        by=None,
    )


@transaction.atomic
def judge(*, item: RequestItem, verdict: str, by: User) -> None:
    """Accept an answer, or put the item down for the next request.

    Raises: WrongState when the case is not at the desk, or the item was asked again meanwhile.
    Side effects in order: lock, verdict, the item carried over or taken back, audit row.
    """
    case = _at_desk(item.case, by)
    if case.status == Case.State.RETURNED:
        raise WrongState(_("The unit is still answering. Judge its answers when the case is back."))
    item = RequestItem.objects.select_related("case").get(pk=item.pk)
    if item.request_id is None:
        raise WrongState(_("This item has not been sent to the unit yet."))
    carried = RequestItem.objects.filter(carried_from=item).first()
    if carried is not None and carried.request_id is not None:
        raise WrongState(_("This item was asked again in a later list. Judge it there."))
    item.verdict, item.judged_at, item.judged_by = Verdict(verdict), timezone.now(), by
    item.save(update_fields=["verdict", "judged_at", "judged_by"])
    if verdict == Verdict.NOT_YET and carried is None:
        collect(
            case=case,
            text=item.text,
            by=by,
            paragraph=item.paragraph,
            quote=item.quote,
            figure=item.figure,
            carried_from=item,
        )
    elif verdict == Verdict.ACCEPTED and carried is not None:
        carried.delete()
    audit.record(actor=by, event="return.judge", target=item, case=case.pk, verdict=str(verdict))


def _at_desk(case: Case, by: User) -> Case:
    case = locked(case.pk)
    if not by.has_permission(Permission.EDIT_CASE, case.organisation) or case.status not in COLLECTED_IN:
        raise WrongState(_("The list can be changed while the case is at the desk only. Reload the page."))
    return case
