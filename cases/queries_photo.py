"""What is noted about the photos of a case for those who may read it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Q
from django.utils import timezone

from cases.evidence import photo_dates
from cases.models import Case, CasePhoto, PhotoTwin
from members.models import User


@dataclass
class Noted:
    """What to look at: photos of other cases that look the same, and whether the day in the file fits."""

    twins: list[CasePhoto] = field(default_factory=list)
    disagrees: bool = False
    is_later: bool = False

    @property
    def is_any(self) -> bool:
        """Whether there is anything to look at."""
        return bool(self.twins or self.disagrees or self.is_later)


def noted(case: Case, photos: Sequence[CasePhoto], user: User | None) -> dict[int, Noted]:
    """Return what is noted of each photo, by id; one query. Other cases are named to those alone who may read them.

    `user` is None for the holder of a link, who is told of no other case.
    """
    found = {photo.pk: Noted() for photo in photos}
    received = timezone.localdate(case.received_at) if case.received_at else None
    for photo in photos:
        found[photo.pk].disagrees = photo_dates.disagrees(photo.taken_on, photo.caption)
        found[photo.pk].is_later = bool(received and photo.taken_on and photo.taken_on > received)
    if user is None or not found:
        return found
    pairs = PhotoTwin.objects.visible_to(user).filter(Q(earlier__in=found) | Q(later__in=found))
    for pair in pairs.select_related("earlier__case", "later__case").order_by("bits", "pk"):
        for own, other in ((pair.earlier, pair.later), (pair.later, pair.earlier)):
            if own.pk in found and other.case_id != case.pk:
                found[own.pk].twins.append(other)
    return found


def noted_in_order(case: Case, photos: Sequence[CasePhoto], user: User) -> list[tuple[int, CasePhoto, Noted]]:
    """Return the photos there is something to note about, each with its number in the strip."""
    found = noted(case, photos, user)
    return [(number, photo, found[photo.pk]) for number, photo in enumerate(photos, 1) if found[photo.pk].is_any]
