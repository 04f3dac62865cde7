"""Photos of a case: added, captioned, ordered, removed."""

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases import queries
from cases.actions.case import locked
from cases.models import Case, CasePhoto
from config.errors import Refused, WrongState
from config.uploads import bounded, gate, storage
from members import audit
from members.models import User


@transaction.atomic
def add(*, case: Case, data: bytes, filename: str, caption: str, credit: str = "", by: User | None) -> CasePhoto:
    """Add a photo in three sizes at the end of the strip.

    `by=None` is the holder of the case's own link, who stands on the submitting side.
    Raises: FileRefused; WrongState when the case may not be changed now; Refused for the same photo again or one
    too many.
    Side effects in order: lock; files on disk; row; audit row.
    """
    admitted = gate.admit("photo", filename, data)
    picture = bounded.picture(data)
    case = locked(case.pk)
    check_may_change(case, by)
    count = case.photos.count()
    if count >= settings.PHOTOS_PER_CASE:
        raise Refused(
            _("A case has at most %(limit)s photos. Remove one first.") % {"limit": settings.PHOTOS_PER_CASE},
            code="too_many_photos",
        )
    if case.photos.filter(sha256=admitted.sha256).exists():
        raise Refused(_("This photo is already in the case."), code="same_photo")
    photo = CasePhoto.objects.create(
        case=case,
        sha256=admitted.sha256,
        large_sha256=storage.keep(picture.large.data, storage.PICTURES),
        medium_sha256=storage.keep(picture.medium.data, storage.PICTURES),
        small_sha256=storage.keep(picture.small.data, storage.PICTURES),
        caption=caption,
        credit=credit,
        position=count,
        width=picture.large.width,
        height=picture.large.height,
        taken_on=picture.taken_on,
        added_by=by,
    )
    audit.record(actor=by, event="photo.add", target=case, photo=photo.pk)
    return photo


def check_may_change(case: Case, by: User | None) -> None:
    """Raises: WrongState unless the case's text could be changed by `by` now; photos follow the same rule."""
    may = queries.may_edit(case, by) if by is not None else Case.State(case.state) in queries.workflow.EDITED_BY_AUTHOR
    if not may:
        raise WrongState(_("Photos can no longer be changed in this state. Reload the page to see where it stands."))
