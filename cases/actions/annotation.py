"""Notes of editors on passages of a text."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases import anchors
from cases.actions import returns
from cases.actions.case import locked
from cases.evidence.figures import extract
from cases.evidence.verdicts import context_of
from cases.models import Annotation, Case, RequestItem, Revision
from cases.models.returns import TEXT_LENGTH
from config.errors import Conflict, Refused, WrongState
from members import audit
from members.models import User
from members.permissions import Permission


@transaction.atomic
def write(
    *,
    case: Case,
    revision: Revision,
    paragraph: int,
    text: str,
    by: User,
    quote: str = "",
    start: int | None = None,
    is_shown: bool = False,
) -> Annotation:
    """Put a note beside a passage of the text that was read; without a quote the whole paragraph is meant.

    Raises: WrongState when the case is not at the desk; Conflict when another revision was saved meanwhile and the
    passage stands there no longer; Refused when it does not stand in the text.
    Side effects in order: lock, note, audit row.
    """
    case = _at_desk(case, by)
    read = anchors.paragraphs_of(revision.body)
    if not 0 < paragraph <= len(read):
        raise Refused(_("The text has no such paragraph. Choose it from the list."), code="paragraph")
    quote = quote.strip() or read[paragraph - 1][:TEXT_LENGTH]
    place = anchors.locate(quote, paragraph, read, start)
    if place is None:
        raise Refused(
            _("These words do not stand in that paragraph. Copy them as they are, or leave them out."), code="quote"
        )
    if revision.pk != case.current_revision_id:
        place = anchors.carry(place, read, anchors.paragraphs_of(case.current_revision.body))
        if place is None:
            raise Conflict(_("The passage was changed while you were writing. Read the new text; your note is kept."))
    note = Annotation.objects.create(
        case=case,
        revision=case.current_revision,
        paragraph=place.paragraph,
        start=place.start,
        quote=quote,
        text=text,
        is_shown=is_shown,
        written_at=timezone.now(),
        written_by=by,
    )
    audit.record(actor=by, event="annotation.write", target=note, case=case.pk, revision=case.current_revision.number)
    return note


@transaction.atomic
def resolve(*, note: Annotation, by: User) -> None:
    """Settle a note; settling it twice changes nothing. Side effects in order: lock, moment, audit row."""
    note = _locked(note, by)
    if note.resolved_at is None:
        note.resolved_at, note.resolved_by = timezone.now(), by
        _save(note, by, "annotation.resolve", "resolved_at", "resolved_by")


@transaction.atomic
def reopen(*, note: Annotation, by: User) -> None:
    """Open a settled note again. Side effects in order: lock, moment, audit row."""
    note = _locked(note, by)
    if note.resolved_at is not None:
        note.resolved_at, note.resolved_by = None, None
        _save(note, by, "annotation.reopen", "resolved_at", "resolved_by")


@transaction.atomic
def show(*, note: Annotation, is_shown: bool, by: User) -> None:
    """Let the submitting side see a note, or no longer. Side effects in order: lock, mark, audit row."""
    note = _locked(note, by)
    if note.is_shown != is_shown:
        note.is_shown = is_shown
        _save(note, by, "annotation.show", "is_shown")


@transaction.atomic
def ask(*, note: Annotation, by: User) -> RequestItem:
    """Make a note an item of the next request; a second press finds it there.

    A passage with one figure in it makes the item ask about that figure.
    Raises: as `returns.collect`. Side effects in order: lock, item, link, audit rows.
    """
    note = _locked(note, by)
    if note.item is not None:
        return note.item
    case = note.case
    item = returns.collect(
        case=case,
        text=note.text,
        by=by,
        paragraph=note.paragraph,
        quote=note.quote,
        figure=_figure(note),
    )
    note.item = item
    _save(note, by, "annotation.ask", "item")
    return item


def _figure(note: Annotation) -> str:
    """Return the one figure of a passage in its place, as `Claim.context` has it; "" for none or several."""
    place = anchors.Place(note.paragraph, note.start, note.start + len(note.quote))
    text = anchors.paragraphs_of(note.revision.body)[note.paragraph - 1]
    inside = [figure for figure in extract(text) if place.start <= figure.start and figure.end <= place.end]
    return context_of(text, inside[0])[:200] if len(inside) == 1 else ""


def _locked(note: Annotation, by: User) -> Annotation:
    _at_desk(note.case, by)
    return Annotation.objects.select_related("case", "revision", "item").get(pk=note.pk)


def _save(note: Annotation, by: User, event: str, *fields: str) -> None:
    note.save(update_fields=list(fields))
    audit.record(actor=by, event=event, target=note, case=note.case_id)


def _at_desk(case: Case, by: User) -> Case:
    case = locked(case.pk)
    if not by.has_permission(Permission.EDIT_CASE, case.organisation):
        raise WrongState(_("Notes on this case are not yours to write."))
    if case.status not in returns.COLLECTED_IN:
        raise WrongState(
            _("Nothing can be noted now: the case is %(state)s. The notes on it are kept.")
            % {"state": case.get_state_display()}
        )
    return case
