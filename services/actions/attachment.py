"""Files of the ledger: the one way in for pages and imports alike, and the way out."""

import hashlib
from collections.abc import Iterable
from datetime import date
from pathlib import PurePath

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.errors import Refused, WrongState
from config.uploads import bounded, gate, storage
from config.uploads.gate import Admitted
from members import audit, quota
from members.middleware import whole_scope
from members.models import Organisation, User
from services.models import Attachment, ReportTemplate
from services.models.ledger import Ledger
from services.queries import attachment as queries

Sort = Attachment.Sort
OUTSIDE = _("This lies outside the organisations whose files you keep.")


@transaction.atomic
def add_photo(*, owner: Ledger, data: bytes, filename: str, by: User) -> Attachment:
    """Add a photo to a row of the ledger in three sizes; the upload itself, which may carry GPS, is not kept.

    The same photo on the same row is found, not doubled. Raises: FileRefused; Refused when the organisation has no
    room left.
    Side effects in order: files on disk; row.
    """
    admitted = gate.admit("photo", filename, data)
    return _added(owner, admitted, data, by, sort=Sort.PHOTO)


@transaction.atomic
def add(
    *,
    owner: Ledger,
    data: bytes,
    filename: str,
    by: User,
    sort: str = Sort.FILE,
    title: str = "",
    number: str = "",
    issued_on: date | None = None,
) -> Attachment:
    """Add a photo, a file or an agreement to a row of the ledger. A picture is a photo unless it is an agreement's.

    The same file on the same row is found, not doubled. Raises: Refused outside the scope or when the organisation
    has no room left; FileRefused.
    Side effects in order: files on disk; row; audit row.
    """
    if not queries.may_add(by, owner):
        raise Refused(OUTSIDE, code="outside_scope")
    admitted = gate.admit("attachment", filename, data)
    sort = Sort.AGREEMENT if sort == Sort.AGREEMENT else Sort.FILE
    if sort == Sort.FILE and _is_picture(admitted):
        sort = Sort.PHOTO
    made = _added(owner, admitted, data, by, sort=sort, title=title, number=number, issued_on=issued_on)
    audit.record(actor=by, event="attachment.add", target=owner, attachment=made.pk, sort=str(sort))
    return made


@transaction.atomic
def add_paper(
    *,
    organisation: Organisation,
    issuer: Organisation,
    title: str,
    data: bytes,
    filename: str,
    by: User,
    number: str = "",
    issued_on: date | None = None,
) -> Attachment:
    """Keep a policy paper in an organisation's ledger, whoever issued it.

    Raises: Refused outside the scope, for a paper that is kept there already, or without room; FileRefused.
    Side effects in order: file on disk; row; audit row.
    """
    if not by.has_permission(queries.KEEP_PAPERS, organisation):
        raise Refused(OUTSIDE, code="outside_scope")
    admitted = gate.admit("paper", filename, data)
    kept = Attachment.objects.standing().filter(sort=Sort.POLICY, organisation=organisation, sha256=admitted.sha256)
    if (known := kept.first()) is not None:
        raise Refused(
            _("This very file is kept here already: %(title)s. Look at the list before adding it again.")
            % {"title": known.title},
            code="same_paper",
        )
    words = {"sort": Sort.POLICY, "title": title, "number": number, "issued_on": issued_on}
    place = {"issuer": issuer, "organisation": organisation, "organisation_path": organisation.path}
    made = _kept(place, organisation, admitted, data, by, **words)
    audit.record(actor=by, event="attachment.add", target=organisation, attachment=made.pk, sort=str(Sort.POLICY))
    return made


@transaction.atomic
def remove(*, attachment: Attachment, by: User) -> None:
    """Take a file away: it is shown and counted nowhere any more, its row stays.

    Raises: Refused outside the scope; WrongState when it is gone already. Side effects in order: lock; row; audit row.
    """
    attachment = Attachment.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=attachment.pk)
    owner = queries.owner_of(attachment)
    if not queries.may_remove(by, attachment):
        raise Refused(OUTSIDE, code="outside_scope")
    if attachment.removed_at is not None:
        raise WrongState(_("This file has been taken away already."))
    attachment.removed_at, attachment.removed_by = timezone.now(), by
    attachment.save(update_fields=["removed_at", "removed_by"])
    audit.record(actor=by, event="attachment.remove", target=owner, attachment=attachment.pk)


def named(digests: Iterable[str]) -> set[str]:
    """Return those of the digests that some row of the ledger names, whoever may see it; a removed one still counts.

    For who clears files away. Lifts the scope: a file is nobody's only if no county's row names it.
    """
    digests = set(digests)
    columns = ("sha256", "large_sha256", "medium_sha256", "small_sha256")
    with transaction.atomic(), whole_scope():
        rows = [Attachment.objects.filter(**{f"{name}__in": digests}).values_list(name, flat=True) for name in columns]
        rows.append(ReportTemplate.objects.filter(sha256__in=digests).values_list("sha256", flat=True))
        return {digest for found in rows for digest in found}


def _is_picture(admitted: Admitted) -> bool:
    return admitted.kind in gate.DOORS["photo"].kinds


def _added(owner: Ledger, admitted: Admitted, data: bytes, by: User, **words: object) -> Attachment:
    """Return the file of the row, found or new."""
    name = owner._meta.model_name
    if (known := Attachment.objects.standing().filter(**{name: owner, "sha256": admitted.sha256}).first()) is not None:
        return known
    place = {name: owner, "organisation_id": owner.organisation_id, "organisation_path": owner.organisation_path}
    return _kept(place, owner.organisation, admitted, data, by, **words)


def _kept(
    place: dict, organisation: Organisation, admitted: Admitted, data: bytes, by: User, **words: object
) -> Attachment:
    """Put the file on disk and write its row: a picture in three sizes without its upload, a document as it came."""
    row = Attachment(**place, **words, sha256=admitted.sha256, size_bytes=len(data), added_by=by)
    if _is_picture(admitted):
        picture = bounded.picture(data)
        quota.check(organisation, len(data))
        for size in ("large", "medium", "small"):
            rendition = getattr(picture, size)
            storage.hold(hashlib.sha256(rendition.data).hexdigest())
            setattr(row, f"{size}_sha256", storage.keep(rendition.data, storage.PICTURES))
        row.width, row.height, row.taken_on = picture.large.width, picture.large.height, picture.taken_on
    else:
        quota.check(organisation, len(data))
        storage.hold(admitted.sha256)
        storage.keep(data)
        row.filename = admitted.safe_name
        row.title = row.title or PurePath(admitted.shown_name).stem[:120]
    row.save(force_insert=True)
    return row
