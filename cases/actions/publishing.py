"""Correcting what is public, in the open."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from cases.actions import evidence, library
from cases.actions.case import append, locked
from cases.models import Case, Correction, Revision
from cases.models.case import digest_of
from config.errors import Conflict, Refused, WrongState
from members import audit
from members.actions.notice import tell
from members.models import User
from members.permissions import Permission

REVISION_NOTE_LENGTH = Revision._meta.get_field("note").max_length


@transaction.atomic
def correct(*, case: Case, title: str, body: str, note: str, by: User, base: Revision) -> Correction:
    """Put a corrected text in the library, with a dated note; the day of publication and the earlier text stay.

    Raises: WrongState when the case is not public, or not `by`'s to publish; Conflict when `base` is no longer the
    public text; Refused without a note or without a change.
    Side effects in order: lock; revision; correction; library entry and its index; audit row; notice to the
    submitting side after commit.
    """
    case = locked(case.pk)
    if case.state != Case.State.PUBLISHED or not by.has_permission(Permission.PUBLISH_CASE, case.organisation):
        raise WrongState(_("This case cannot be corrected now: it is not public, or not yours to publish."))
    if case.current_revision_id != base.pk:
        raise Conflict(_("Somebody corrected this case while you were writing. Both texts are shown; nothing is lost."))
    if not note.strip():
        raise Refused(_("Write what was corrected: readers will see it beside the text."), code="note_missing")
    if digest_of(title, body) == case.current_revision.digest:
        raise Refused(_("The text is the same as the public one: there is nothing to correct."), code="unchanged")
    now = timezone.now()
    revision = append(
        case,
        title=title,
        body=body,
        by=by,
        source=Revision.Source.CORRECTION,
        note=note.strip()[:REVISION_NOTE_LENGTH],
    )
    correction = Correction.objects.create(
        case=case, note=note.strip(), revision=revision, published_at=now, published_by=by
    )
    library.put_in(case=case, at=now)
    evidence.record(case=case, by=by)
    audit.record(actor=by, event="publishing.correct", target=case, correction=correction.pk, revision=revision.number)
    tell(
        [user for user in [case.created_by] if user != by],
        gettext_noop("%(number)s: a correction was published"),
        case.get_absolute_url(),
        number=case.number,
    )
    return correction
