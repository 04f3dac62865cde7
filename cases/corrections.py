"""What each correction of a published case changed, for readers."""

from dataclasses import dataclass

from cases.models import Correction, LibraryEntry, Revision
from config.text import diff


@dataclass(frozen=True)
class Change:
    """A correction, the text before it, and the two compared."""

    correction: Correction
    before: Revision
    title_runs: list[diff.Run]
    stretches: list[diff.Stretch]


def changes_of(entry: LibraryEntry) -> list[Change]:
    """Return the corrections of a public entry, newest first, by two queries.

    Nobody but a correction changes a public text, so the revision before a correction's is what readers saw.
    """
    corrections = list(Correction.objects.standing(entry).select_related("revision").order_by("-published_at", "-pk"))
    numbers = [row.revision.number - 1 for row in corrections]
    before = {row.number: row for row in Revision.objects.filter(case=entry.pk, number__in=numbers)}
    return [_change(row, before[row.revision.number - 1]) for row in corrections]


def _change(correction: Correction, before: Revision) -> Change:
    after = correction.revision
    return Change(
        correction=correction,
        before=before,
        title_runs=list(diff.compare_words(before.title, after.title)) if before.title != after.title else [],
        stretches=diff.fold(diff.compare(before.body, after.body)),
    )
