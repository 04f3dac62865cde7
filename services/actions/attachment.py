"""Photos of the ledger: the one way in, for pages and imports alike."""

import hashlib
from collections.abc import Iterable

from django.db import transaction

from config.uploads import bounded, gate, storage
from members import quota
from members.middleware import whole_scope
from members.models import User
from services.models import Attachment
from services.models.ledger import Ledger


@transaction.atomic
def add_photo(*, owner: Ledger, data: bytes, filename: str, by: User) -> Attachment:
    """Add a photo to a row of the ledger in three sizes; the upload itself, which may carry GPS, is not kept.

    The same photo on the same row is found, not doubled. Raises: FileRefused; Refused when the organisation has no
    room left.
    Side effects in order: files on disk; row.
    """
    admitted = gate.admit("photo", filename, data)
    picture = bounded.picture(data)
    place = {owner._meta.model_name: owner, "sha256": admitted.sha256, "removed_at": None}
    if (known := Attachment.objects.filter(**place).first()) is not None:
        return known
    quota.check(owner.organisation, len(data))
    for size in (picture.large, picture.medium, picture.small):
        storage.hold(hashlib.sha256(size.data).hexdigest())
    return Attachment.objects.create(
        sort=Attachment.Sort.PHOTO,
        organisation_id=owner.organisation_id,
        organisation_path=owner.organisation_path,
        **{owner._meta.model_name: owner},
        sha256=admitted.sha256,
        size_bytes=len(data),
        large_sha256=storage.keep(picture.large.data, storage.PICTURES),
        medium_sha256=storage.keep(picture.medium.data, storage.PICTURES),
        small_sha256=storage.keep(picture.small.data, storage.PICTURES),
        width=picture.large.width,
        height=picture.large.height,
        taken_on=picture.taken_on,
        added_by=by,
    )


def named(digests: Iterable[str]) -> set[str]:
    """Return those of the digests that some row of the ledger names, whoever may see it; a removed one still counts.

    For who clears files away. Lifts the scope: a file is nobody's only if no county's row names it.
    """
    digests = set(digests)
    columns = ("sha256", "large_sha256", "medium_sha256", "small_sha256")
    with transaction.atomic(), whole_scope():
        rows = [Attachment.objects.filter(**{f"{name}__in": digests}).values_list(name, flat=True) for name in columns]
        return {digest for found in rows for digest in found}
