"""What a recommending body does: decide on cases, rank its list, send it."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from cases import queries_recommend as queries
from cases.actions import letter
from cases.actions.call import locked as locked_call
from cases.models import Case, Quota, Recommendation, Revision
from cases.models.letter import LetterKind
from config.errors import Conflict, Refused, WrongState
from config.uploads import gate, storage
from members import audit
from members import quota as room
from members.actions.notice import tell
from members.middleware import whole_scope
from members.models import User
from members.permissions import Permission

State = Recommendation.State
OUTSIDE = _("You do not recommend for this body.")
SENT = _("The list was sent or the time for recommending is over: it stands. Ask the calling body to reopen it.")
FULL = _("The quota of %(places)d is used up. Take a case off the list first.")
EMPTY = _("The list is empty: recommend at least one case before sending it.")
NO_FORM = _("The stamped application form is missing for: %(numbers)s. Upload its scan, then send the list.")
TOLD = {
    State.RECOMMENDED: gettext_noop("%(number)s “%(title)s” is recommended by %(body)s"),
    State.RETURNED: gettext_noop("%(number)s “%(title)s”: %(body)s asks for changes before it recommends"),
    State.DECLINED: gettext_noop("%(number)s “%(title)s” is not recommended by %(body)s: see its page"),
}


@transaction.atomic
def decide(
    *,
    quota: Quota,
    case: Case,
    revision: Revision,
    state: str,
    opinion: str,
    by: User,
    form: tuple[bytes, str] | None = None,
) -> Recommendation:
    """Put a case on the list with an opinion, send it back, or decline it; deciding again replaces what was said.

    `form` is the scan of the stamped application form, bytes and name; without a new one the earlier stays.
    Raises: Refused outside the body, above its quota or for a case not its turn; WrongState once the list is sent;
    Conflict when the text changed since `revision`; FileRefused for a scan the gate does not admit.
    Side effects in order: lock of the quota; scan on disk; row; ranks; audit row; notice unless it is listed only.
    """
    quota = _locked(quota, by)
    case = Case.objects.select_related("organisation", "current_revision", "created_by").get(pk=case.pk)
    earlier = quota.recommendations.filter(case=case).first()
    if not queries.reached(quota).filter(pk=case.pk).exists():
        raise Refused(_("This case has not reached the body, or left the call. Reload the page."), code="not_yours")
    if case.current_revision_id != revision.pk:
        raise Conflict(_("The text has changed since you read it. Read it again, then decide."))
    was_listed = earlier is not None and earlier.state == State.RECOMMENDED
    listed = quota.recommendations.filter(state=State.RECOMMENDED)
    if state == State.RECOMMENDED and not was_listed and listed.count() >= quota.places:
        raise Refused(FULL % {"places": quota.places}, code="full")
    made = earlier or Recommendation(quota=quota, case=case)
    if state == State.RECOMMENDED and not was_listed:
        made.rank = (listed.aggregate(last=Max("rank"))["last"] or 0) + 1
    elif state != State.RECOMMENDED:
        made.rank = None
    made.state, made.opinion, made.revision = state, opinion, revision
    made.decided_by, made.decided_at = by, timezone.now()
    if form is not None:
        _keep_form(made, *form)
    made.save()
    _close_ranks(quota)
    audit.record(actor=by, event="recommendation.decide", target=case, quota=quota.pk, state=str(state))
    if state != State.RECOMMENDED:
        _tell(made)
    return Recommendation.objects.get(pk=made.pk)


@transaction.atomic
def move(*, recommendation: Recommendation, up: bool, by: User) -> None:
    """Change places with the neighbour on the list; at its end nothing happens.

    Raises: Refused outside the body; WrongState once the list is sent. Side effects: lock, two rows, audit row.
    """
    quota = _locked(recommendation.quota, by)
    listed = list(quota.recommendations.standing())
    place = next((place for place, row in enumerate(listed) if row.pk == recommendation.pk), None)
    if place is None:
        raise WrongState(_("This case is not on the list any more. Reload the page."))
    other = place - 1 if up else place + 1
    if 0 <= other < len(listed):
        listed[place], listed[other] = listed[other], listed[place]
        _number(listed)
        audit.record(actor=by, event="recommendation.rank", target=recommendation.case, quota=quota.pk)


@transaction.atomic
def take_off(*, recommendation: Recommendation, by: User) -> None:
    """Forget what the body said of a case, which waits again. Raises: Refused, WrongState as `move`.

    Side effects in order: lock, row, ranks, audit row.
    """
    quota = _locked(recommendation.quota, by)
    case = recommendation.case
    quota.recommendations.filter(pk=recommendation.pk).delete()
    _close_ranks(quota)
    audit.record(actor=by, event="recommendation.take_off", target=case, quota=quota.pk)


@transaction.atomic
def send(*, quota: Quota, by: User) -> Quota:
    """Send the list on: it stands from now, and the next body of the chain sees its cases.

    Raises: Refused outside the body, for an empty list or a missing form; WrongState once sent.
    Side effects in order: lock, row, audit row, notices to those who sent the cases in.
    """
    quota = _locked(quota, by)
    listed = list(quota.recommendations.standing().select_related("case__created_by"))
    if not listed:
        raise Refused(EMPTY, code="empty")
    bare = [row.case.number for row in listed if not row.form_sha256]
    if quota.call.needs_form and bare:
        raise Refused(NO_FORM % {"numbers": "、".join(bare[:10])}, code="form")
    quota.sent_at, quota.sent_by = timezone.now(), by
    quota.save(update_fields=["sent_at", "sent_by"])
    audit.record(actor=by, event="recommendation.send", target=quota.call, quota=quota.pk, count=len(listed))
    for row in listed:
        _tell(row)
    return quota


@transaction.atomic
def reopen(*, quota: Quota, by: User) -> Quota:
    """Let a body change its list again, by who manages the call.

    Raises: Refused outside the scope; WrongState when it was not sent. Side effects in order: locks, row, audit row.
    """
    locked_call(quota.call, by)
    quota = Quota.objects.select_for_update(of=("self",)).select_related("call", "body").get(pk=quota.pk)
    if quota.sent_at is None:
        raise WrongState(_("This list was not sent; its body can change it."))
    quota.sent_at = quota.sent_by = None
    quota.save(update_fields=["sent_at", "sent_by"])
    audit.record(actor=by, event="recommendation.reopen", target=quota.call, quota=quota.pk)
    return quota


def named(digests: Iterable[str]) -> set[str]:
    """Return which of these files are scans of stamped forms, whoever asks."""
    with transaction.atomic(), whole_scope():
        rows = Recommendation.objects.filter(form_sha256__in=digests)
        return set(rows.values_list("form_sha256", flat=True))


def _locked(quota: Quota, by: User) -> Quota:
    quota = Quota.objects.select_for_update(of=("self",)).select_related("call", "body").get(pk=quota.pk)
    if not by.has_permission(Permission.RECOMMEND_CASE, quota.body):
        raise Refused(OUTSIDE, code="outside_scope")
    if not queries.is_open(quota, timezone.now()):
        raise WrongState(SENT)
    return quota


def _keep_form(made: Recommendation, data: bytes, filename: str) -> None:
    """Keep the scan among the originals: it is a record, and a backup has to hold it."""
    admitted = gate.admit("stamped_form", filename, data)
    room.check(made.quota.body, len(data))
    storage.hold(admitted.sha256)
    storage.keep(data)
    made.form_sha256, made.form_name, made.form_bytes = admitted.sha256, admitted.shown_name[:200], len(data)


def _close_ranks(quota: Quota) -> None:
    _number(list(quota.recommendations.standing()))


def _number(listed: list[Recommendation]) -> None:
    for rank, row in enumerate(listed, start=1):
        if row.rank != rank:
            Recommendation.objects.filter(pk=row.pk).update(rank=rank)


def _tell(made: Recommendation) -> None:
    """Leave a notice for the account that sent the case in, and draft a letter to whoever left an address."""
    case, text = made.case, TOLD[State(made.state)]
    said = {"number": case.number, "title": case.title, "body": made.quota.body.name}
    tell([case.created_by], text, case.get_absolute_url(), **said)
    letter.draft(
        kind=LetterKind.CALL,
        to=letter.contributor_of(case),
        by=made.decided_by,
        case=case,
        note=f"{gettext(text) % said}\n{made.opinion}",
        once_key=f"recommendation-{made.pk}-{made.state}-{made.revision_id}",
    )
