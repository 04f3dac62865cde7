"""The daily sweep: files that no row names, and expired rows of the frameworks below us."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q
from django_tasks import task

from cases.actions import mail, recommend
from cases.models import CasePhoto, Intake
from config import expired
from config.uploads import storage
from members.actions import batch, checkin, discovery, match
from services.actions import attachment

KEPT_SECONDS = 48 * 60 * 60  # our choice: four times the life of a preview's ticket
CHUNK = 500


def sweep(*, dry_run: bool = False) -> dict[str, int]:
    """Clear away and return how much of each kind; a dry run only counts files.

    Originals stay while an `Intake` names them, pictures while a `CasePhoto` does, both while the ledger does, and
    everything for 48 hours. With no row at all nothing is removed: the files would then belong to a database that is
    not there, not to nobody.
    Side effects in order: files, each under its own lock; expired rows.
    """
    counted = {"originals": 0, "pictures": 0}
    for shelf, named in ((storage.ORIGINALS, _originals_named), (storage.PICTURES, _pictures_named)):
        if not Intake.objects.exists() and not CasePhoto.objects.exists():
            break
        for digest in _unnamed(shelf, named):
            counted[shelf] += 1 if dry_run else _remove(shelf, digest, named)
    return counted if dry_run else counted | expired.prune()


@task()
def sweep_daily() -> dict[str, int]:
    """Sweep, and forget what nobody closed or confirmed; remind of leads that wait. Queued by the worker once a day.

    Destroys what imports and data matches still hold, erases check-ins whose time is up.
    """
    forgotten = {
        "imports": batch.close_stale(),
        "matches": match.close_stale(),
        "check_ins": checkin.erase_stale(),
    }
    return sweep() | forgotten | {"reminded": discovery.remind()}


def _unnamed(shelf: str, named: object) -> list[str]:
    """Return the digests of old files no row names."""
    old = sorted(storage.leftovers(shelf, KEPT_SECONDS))
    chunks = (old[at : at + CHUNK] for at in range(0, len(old), CHUNK))
    return [digest for chunk in chunks for digest in sorted(set(chunk) - named(chunk))]


def _remove(shelf: str, digest: str, named: object) -> int:
    """Take one file away unless it was given again meanwhile; return how many were."""
    with transaction.atomic():
        storage.hold(digest, exclusive=True)
        if named([digest]) or not storage.is_older(storage.path_of(shelf, digest), KEPT_SECONDS):
            return 0
        storage.forget(shelf, digest)
    return 1


def _originals_named(digests: Iterable[str]) -> set[str]:
    arrived = set(Intake.objects.filter(sha256__in=digests).values_list("sha256", flat=True))
    return arrived | attachment.named(digests) | mail.named(digests) | recommend.named(digests)


def _pictures_named(digests: Iterable[str]) -> set[str]:
    photos = CasePhoto.objects.filter(
        Q(large_sha256__in=digests) | Q(medium_sha256__in=digests) | Q(small_sha256__in=digests)
    )
    kept = {name for row in photos.values_list("large_sha256", "medium_sha256", "small_sha256") for name in row}
    return kept | attachment.named(digests)
