"""Fingerprints of photos, and which photos of other cases look like the same one."""

from collections.abc import Sequence

from django.db import connection, transaction
from django_tasks import task

from cases.models import CasePhoto, PhotoPrint
from config.errors import Refused
from config.uploads import bounded, storage

# Bits of 128 that may differ. Our choice, measured on 150 drawn scenes: copies saved anew or shrunk differ by 6 at
# most, copies cropped by up to 5 % a side by 13 in 95 of 100; other scenes by 20 at least.
NEAR = 16
FIND = """
INSERT INTO cases_phototwin (earlier_id, later_id, bits)
SELECT least(mine.photo_id, other.photo_id), greatest(mine.photo_id, other.photo_id), min(apart.bits)
FROM cases_photoprint mine
JOIN cases_photoprint other ON other.photo_id <> mine.photo_id AND (mine.crop = 0 OR other.crop = 0)
JOIN cases_casephoto here ON here.id = mine.photo_id
JOIN cases_casephoto there ON there.id = other.photo_id AND there.case_id <> here.case_id
CROSS JOIN LATERAL (
    SELECT bit_count((mine.across # other.across)::bit(64)) + bit_count((mine.down # other.down)::bit(64)) AS bits
) apart
WHERE mine.photo_id = %s AND apart.bits <= %s
GROUP BY 1, 2 ON CONFLICT DO NOTHING
"""


def keep(photo: CasePhoto, prints: Sequence[tuple[int, int]]) -> None:
    """Store a photo's fingerprints; after commit the worker looks for the same photo elsewhere."""
    PhotoPrint.objects.bulk_create(
        PhotoPrint(photo=photo, crop=crop, across=across, down=down) for crop, (across, down) in enumerate(prints)
    )
    if prints:
        transaction.on_commit(lambda: find_twins.enqueue(photo.pk))


@task()
def find_twins(pk: int) -> None:
    """Put on record which photos of other cases look like this one."""
    find(pk)


def find(pk: int) -> int:
    """Put on record which photos of other cases look like this one; return how many there are that were not yet."""
    with connection.cursor() as cursor:
        cursor.execute(FIND, [pk, NEAR])
        return cursor.rowcount


def fingerprint_all() -> int:
    """Fingerprint the photos that were added before there were fingerprints; return how many could be."""
    count = 0
    for photo in CasePhoto.objects.filter(prints=None).order_by("pk"):
        try:
            prints = bounded.picture(storage.read(storage.PICTURES, photo.small_sha256)).prints
        except (FileNotFoundError, storage.Damaged, Refused):
            continue
        with transaction.atomic():
            keep(photo, prints)
        count += 1
    return count
