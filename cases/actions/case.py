"""Numbering a case, changing its text, and saying who has it."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from cases import queries
from cases.actions import similarity
from cases.evidence import verdicts
from cases.models import Case, CaseCounter, Revision, SubjectField
from cases.models.case import digest_of
from config.errors import Conflict, WrongState
from members import audit
from members.actions.notice import tell
from members.models import Organisation, User


@transaction.atomic
def create(
    *,
    organisation: Organisation,
    title: str,
    body: str,
    by: User | None,
    source: str = Revision.Source.INTAKE,
    field: SubjectField | None = None,
    contributor_name: str = "",
) -> Case:
    """Open a draft with its number and first revision.

    Side effects in order: locks the year's counter, stores the case and revision 1, writes the audit row.
    """
    now = timezone.now()
    year = timezone.localtime(now).year
    CaseCounter.objects.get_or_create(year=year)
    counter = CaseCounter.objects.select_for_update().get(year=year)
    counter.last += 1
    counter.save(update_fields=["last"])
    case = Case.objects.create(
        year=year,
        sequence=counter.last,
        title=title,
        organisation=organisation,
        field=field,
        created_by=by,
        contributor_name=contributor_name,
        created_at=now,
        state_since=now,
    )
    append(case, title=title, body=body, by=by, source=source)
    audit.record(actor=by, event="case.create", target=case)
    return case


def append(case: Case, *, title: str, body: str, by: User | None, source: str, note: str = "") -> Revision:
    """Store the next revision and make it the current one. Runs in the caller's transaction, on a locked case.

    After commit the worker looks for cases that resemble the new text.
    """
    number = case.current_revision.number + 1 if case.current_revision else 1
    revision = Revision.objects.create(
        case=case,
        number=number,
        title=title,
        body=body,
        digest=digest_of(title, body),
        source=source,
        note=note,
        created_at=timezone.now(),
        created_by=by,
    )
    case.current_revision = revision
    case.title = title
    case.figures_unchecked = verdicts.unchecked(case, revision)
    case.save(update_fields=["current_revision", "title", "figures_unchecked"])
    transaction.on_commit(lambda: similarity.index_case.enqueue(case.pk))
    return revision


def locked(case_id: int) -> Case:
    """Lock a case until the transaction ends and return it fresh."""
    return (
        Case.objects.select_for_update(of=("self",))
        .select_related("organisation", "current_revision", "held_by")
        .get(pk=case_id)
    )


@transaction.atomic
def revise(
    *,
    case: Case,
    title: str,
    body: str,
    by: User | None,
    base: Revision,
    source: str = Revision.Source.EDIT,
    note: str = "",
) -> Revision | None:
    """Store a new revision if the text changed; return None if it did not.

    `by=None` is the holder of the case's own link, who stands on the submitting side.
    Raises: WrongState when the case may not be edited now; Conflict when `base` is no longer the current revision.
    Side effects in order: lock, revision, audit row, notice to whoever has the case.
    """
    case = locked(case.pk)
    may = queries.may_edit(case, by) if by is not None else queries.holder_may_edit(case)
    if not may and not queries.may_replace(case, by, source):
        raise WrongState(_("The text can no longer be changed in this state. Reload the page to see where it stands."))
    if case.current_revision_id != base.pk:
        raise Conflict(_("Somebody saved another version while you were writing. Both are shown; nothing is lost."))
    if _is_same(case.current_revision, title, body, source):
        return None
    revision = append(case, title=title, body=body, by=by, source=source, note=note)
    audit.record(actor=by, event="case.revise", target=case, revision=revision.number, source=str(source))
    _tell_revised(case, revision, by, is_late=not may)
    return revision


def _tell_revised(case: Case, revision: Revision, by: User | None, *, is_late: bool) -> None:
    """Tell whoever has the case; of a text that came during the review, else whoever took it up."""
    reader, text = case.held_by, gettext_noop("%(number)s: revision %(revision)s was saved")
    if is_late:
        text = gettext_noop("%(number)s: the unit sent another text during the review, revision %(revision)s")
        latest = case.decisions.filter(voided_by=None).select_related("decided_by").order_by("-pk").first()
        reader = reader or (latest.decided_by if latest else None)
    if reader != by:
        tell([reader], text, case.get_absolute_url(), number=case.number, revision=revision.number)


def _is_same(current: Revision, title: str, body: str, source: str) -> bool:
    """Tell whether the text is unchanged; who undoes the removal of a blank line means that blank line."""
    if source == Revision.Source.UNDO:
        return (title, body) == (current.title, current.body)
    return digest_of(title, body) == current.digest


@transaction.atomic
def take(*, case: Case, by: User, instead_of: int | None = None) -> None:
    """Put the case in `by`'s hands; whoever had it before is told.

    `instead_of` is the account the user saw holding the case, None for nobody.
    Raises: WrongState when the case is not the desk's to work on; Conflict when somebody else has it meanwhile.
    Side effects in order: lock, holder, audit row, notice.
    """
    case = locked(case.pk)
    previous = case.held_by
    if Case.State(case.state) not in queries.workflow.HELD:
        raise WrongState(_("This case is not at the desk now, so nobody can take it. Reload the page."))
    if previous is not None and previous.pk not in {by.pk, instead_of}:
        raise Conflict(
            _("%(name)s took this case a moment before you. Take it over if you have agreed to.")
            % {"name": previous.name}
        )
    case.held_by, case.held_at = by, timezone.now()
    case.save(update_fields=["held_by", "held_at"])
    audit.record(actor=by, event="case.take", target=case, from_account=previous.pk if previous else None)
    if previous is not None and previous != by:
        tell(
            [previous],
            gettext_noop("%(number)s was taken over by %(name)s"),
            case.get_absolute_url(),
            number=case.number,
            name=str(by),
        )


@transaction.atomic
def release(*, case: Case, by: User) -> None:
    """Put the case back on the pile.

    Raises: WrongState when somebody else has it. Side effects in order: lock, holder, audit row.
    """
    case = locked(case.pk)
    if case.held_by_id != by.pk:
        raise WrongState(_("You do not have this case any more; there is nothing to put back."))
    case.held_by, case.held_at = None, None
    case.save(update_fields=["held_by", "held_at"])
    audit.record(actor=by, event="case.release", target=case)
