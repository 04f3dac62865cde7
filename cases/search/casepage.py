"""All that the page of a published case shows: four queries beside the entry's own."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.templatetags.static import static
from django.utils import timezone
from django.utils.http import http_date

from cases.models import CasePhoto, Comment, Correction, LibraryEntry, RelatedEntry


def entry_at(slug: str) -> LibraryEntry | None:
    """Return the entry with an address, public or withdrawn; None where there never was one."""
    return LibraryEntry.objects.select_related("city", "region", "field", "case").filter(slug=slug).first()


@dataclass(frozen=True)
class CasePage:
    """A public entry with its photos, corrections, approved comments and related cases."""

    entry: LibraryEntry
    photos: list[CasePhoto]
    corrections: list[Correction]
    comments: list[Comment]
    related: list[RelatedEntry]

    @classmethod
    def of(cls, entry: LibraryEntry) -> "CasePage":
        """Read what belongs to a public entry."""
        related = RelatedEntry.objects.filter(entry=entry, other__withdrawn_at=None).select_related("other")
        return cls(
            entry=entry,
            photos=list(CasePhoto.objects.filter(case=entry.case_id).order_by("position", "pk")),
            corrections=list(Correction.objects.standing(entry).order_by("published_at", "pk")),
            comments=list(Comment.objects.public().filter(case=entry.case_id).order_by("created_at", "pk")),
            related=list(related.defer("other__body").order_by("-score", "-other")),
        )

    @property
    def changed_at(self) -> int:
        """When the page last changed for its readers, in seconds; the masthead shows the day, so at least today's."""
        moments: list[datetime] = [
            timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0),
            self.entry.updated_at,
            *(correction.published_at for correction in self.corrections),
            *(comment.decided_at for comment in self.comments if comment.decided_at),
            *(photo.added_at for photo in self.photos),
        ]
        if self.entry.related_at is not None:
            moments.append(self.entry.related_at)
        return int(max(moments).timestamp())

    @property
    def last_modified(self) -> str:
        """The same as HTTP writes it."""
        return http_date(self.changed_at)

    def tag(self, language: str) -> str:
        """Name this state of the page for people who are not signed in; removals change it too."""
        state = [
            language,
            static("css/components.css"),  # named by content: a new look is a new page
            self.changed_at,
            self.entry.case.comments_closed_at,
            *([row.pk for row in rows] for rows in (self.photos, self.corrections, self.comments, self.related)),
        ]
        return f'"{hashlib.sha256(repr(state).encode()).hexdigest()[:32]}"'
