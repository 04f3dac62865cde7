"""Photos of a case: added, captioned, ordered, removed."""

import hashlib

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases import queries
from cases.actions import photo_twin
from cases.actions.case import locked
from cases.models import Case, CasePhoto
from config.errors import Refused, WrongState
from config.uploads import bounded, gate, storage
from config.uploads.bounded import Picture
from members import audit, quota
from members.models import User
from services.actions import attachment


@transaction.atomic
def add(*, case: Case, data: bytes, filename: str, caption: str, credit: str = "", by: User | None) -> CasePhoto:
    """Add a photo in three sizes at the end of the strip.

    `by=None` is the holder of the case's own link, who stands on the submitting side.
    Raises: FileRefused; WrongState when the case may not be changed now; Refused for the same photo again, one too
    many, or no room left for the organisation.
    Side effects in order: lock; files on disk; row; fingerprints; audit row; a look for the same photo after commit.
    """
    admitted = gate.admit("photo", filename, data)
    picture = bounded.picture(data)
    case = locked(case.pk)
    check_may_change(case, by)
    return take_over(case=case, picture=picture, sha256=admitted.sha256, caption=caption, credit=credit, by=by)


@transaction.atomic
def take_over(
    *, case: Case, picture: Picture, sha256: str, caption: str, credit: str = "", by: User | None
) -> CasePhoto:
    """Add a picture that was encoded already to a case the caller has locked or just made; `sha256` is its upload's.

    Raises and side effects as `add`, without the lock.
    """
    count = case.photos.count()
    if count >= settings.PHOTOS_PER_CASE:
        raise Refused(
            _("A case has at most %(limit)s photos. Remove one first.") % {"limit": settings.PHOTOS_PER_CASE},
            code="too_many_photos",
        )
    if case.photos.filter(sha256=sha256).exists():
        raise Refused(_("This photo is already in the case."), code="same_photo")
    sizes = (picture.large, picture.medium, picture.small)
    size_bytes = sum(len(size.data) for size in sizes)
    quota.check(case.organisation, size_bytes)
    for size in sizes:
        storage.hold(hashlib.sha256(size.data).hexdigest())
    photo = CasePhoto.objects.create(
        case=case,
        sha256=sha256,
        large_sha256=storage.keep(picture.large.data, storage.PICTURES),
        medium_sha256=storage.keep(picture.medium.data, storage.PICTURES),
        small_sha256=storage.keep(picture.small.data, storage.PICTURES),
        caption=caption,
        credit=credit,
        position=count,
        width=picture.large.width,
        height=picture.large.height,
        size_bytes=size_bytes,
        taken_on=picture.taken_on,
        added_by=by,
    )
    photo_twin.keep(photo, picture.prints)
    audit.record(actor=by, event="photo.add", target=case, photo=photo.pk)
    return photo


@transaction.atomic
def change(*, photo: CasePhoto, caption: str, credit: str, by: User | None) -> bool:
    """Change what stands below a photo; tell whether anything changed.

    Raises: WrongState when the case may not be changed now, or the photo is gone.
    Side effects in order: lock; row; audit row.
    """
    photo = _locked(photo, by)
    changed = [name for name, value in (("caption", caption), ("credit", credit)) if getattr(photo, name) != value]
    if not changed:
        return False
    photo.caption, photo.credit = caption, credit
    photo.save(update_fields=["caption", "credit"])
    audit.record(actor=by, event="photo.change", target=photo.case, photo=photo.pk, fields=changed)
    return True


@transaction.atomic
def move(*, photo: CasePhoto, earlier: bool, by: User | None) -> bool:
    """Swap a photo with the one before it, or after it; tell whether there was one.

    Raises: WrongState when the case may not be changed now, or the photo is gone.
    Side effects in order: lock; positions; audit row.
    """
    photo = _locked(photo, by)
    order = list(photo.case.photos.in_order())
    at = order.index(photo)
    to = at - 1 if earlier else at + 1
    if not 0 <= to < len(order):
        return False
    order[at], order[to] = order[to], order[at]
    _number(order)
    audit.record(actor=by, event="photo.move", target=photo.case, photo=photo.pk, position=to)
    return True


@transaction.atomic
def remove(*, photo: CasePhoto, by: User | None) -> None:
    """Take a photo out of the case, and its files off the disk once no case and no row of the ledger shows them.

    Raises: WrongState when the case may not be changed now, or the photo is gone.
    Side effects in order: lock; row; positions; audit row; files after commit.
    """
    photo = _locked(photo, by)
    case, digests, pk = photo.case, set(photo.digests.values()), photo.pk
    photo.delete()
    _number(list(case.photos.in_order()))
    audit.record(actor=by, event="photo.remove", target=case, photo=pk)
    transaction.on_commit(lambda: _forget_unused(digests))


def check_may_change(case: Case, by: User | None) -> None:
    """Raises: WrongState unless the case's text could be changed by `by` now; photos follow the same rule."""
    may = queries.may_edit(case, by) if by is not None else queries.holder_may_edit(case)
    if not may:
        raise WrongState(_("Photos can no longer be changed in this state. Reload the page to see where it stands."))


def _locked(photo: CasePhoto, by: User | None) -> CasePhoto:
    """Lock the photo's case, check, and return the photo fresh."""
    case = locked(photo.case_id)
    check_may_change(case, by)
    fresh = case.photos.filter(pk=photo.pk).first()
    if fresh is None:
        raise WrongState(_("Somebody has removed this photo meanwhile. Reload the page to see what is there."))
    fresh.case = case
    return fresh


def _number(order: list[CasePhoto]) -> None:
    """Number the strip from 0 without gaps."""
    for position, photo in enumerate(order):
        photo.position = position
    CasePhoto.objects.bulk_update(order, ["position"])


def _forget_unused(digests: set[str]) -> None:
    for digest in digests:
        with transaction.atomic():
            storage.hold(digest, exclusive=True)
            shown = Q(large_sha256=digest) | Q(medium_sha256=digest) | Q(small_sha256=digest)
            if not CasePhoto.objects.filter(shown).exists() and not attachment.named([digest]):
                storage.forget(storage.PICTURES, digest)
