"""Putting a case into the public library and taking it out: the projection readers see, and its search index."""

from datetime import datetime

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django_tasks import task

from cases.models import Case, LibraryEntry, LibraryIndex, RelatedEntry
from cases.search import related
from cases.search.lexemes import Facets, Vectors, vectors
from config.text.paragraphs import blocks
from members.models import Region

SUMMARY_CHARACTERS = 120
INDEX_VERSION = 2  # raise it when the vectors change: `reindex_library` then rewrites every row


def put_in(*, case: Case, at: datetime) -> LibraryEntry:
    """Write or rewrite the library entry from the case's current revision. Runs in the caller's transaction.

    Side effects in order: entry, search index, and after commit the related cases.
    """
    organisation = case.organisation
    body = case.current_revision.body
    entry, _created = LibraryEntry.objects.update_or_create(
        case=case,
        defaults={
            "slug": f"{case.year}-{case.sequence:04d}",
            "title": case.current_revision.title,
            "body": body,
            "summary": summary_of(body),
            "organisation_name": organisation.name,
            "organisation_kind": organisation.kind,
            "credit": case.contributor_name,
            "city": city_of(organisation.region),
            "region": organisation.region,
            "year": case.year,
            "field": case.field,
            "published_at": case.published_at,
            "updated_at": at,
            "withdrawn_at": None,
            "withdrawal_note": "",
        },
    )
    index(entry=entry)
    transaction.on_commit(lambda: relate_entry.enqueue(entry.pk))
    return entry


@task()
def refresh_organisations() -> None:
    """Carry names, kinds and regions of organisations into the entries that still show the old ones."""
    organisation = F("case__organisation__name"), F("case__organisation__kind"), F("case__organisation__region")
    current = Q(organisation_name=organisation[0], organisation_kind=organisation[1], region=organisation[2])
    for pk in LibraryEntry.objects.exclude(current).order_by("pk").values_list("pk", flat=True):
        _refresh(pk)


@transaction.atomic
def _refresh(pk: int) -> None:
    entry = LibraryEntry.objects.select_for_update(of=["self"]).select_related("case__organisation__region").get(pk=pk)
    body = entry.case.organisation
    entry.organisation_name, entry.organisation_kind = body.name, body.kind
    entry.region, entry.city = body.region, city_of(body.region)
    entry.save(update_fields=["organisation_name", "organisation_kind", "region", "city"])
    if entry.withdrawn_at is None:
        index(entry=entry)


def summary_of(body: str) -> str:
    """Return the beginning of a text, its headings left out as long as anything remains; … where it is cut."""
    parts = blocks(body)
    text = "".join(part.text for part in parts if not part.level) or "".join(part.text for part in parts)
    line = " ".join(text.split())
    return line if len(line) <= SUMMARY_CHARACTERS else f"{line[: SUMMARY_CHARACTERS - 1]}…"


def take_out(*, case: Case, at: datetime, note: str) -> None:
    """Leave only the notice of withdrawal: the text goes, the address stays. Runs in the caller's transaction.

    Side effects in order: entry, search index, related cases; after commit those that lost a neighbour look anew.
    """
    LibraryEntry.objects.filter(case=case).update(
        withdrawn_at=at, withdrawal_note=note, body="", summary="", updated_at=at
    )
    LibraryIndex.objects.filter(entry=case.pk).delete()
    bereft = list(RelatedEntry.objects.filter(other=case.pk).values_list("entry", flat=True))
    RelatedEntry.objects.filter(other=case.pk).delete()
    RelatedEntry.objects.filter(entry=case.pk).delete()
    for pk in bereft:
        transaction.on_commit(lambda pk=pk: relate_entry.enqueue(pk))


def index(*, entry: LibraryEntry) -> LibraryIndex:
    """Write the search index of a public entry; a new row takes the next number in order of publication."""
    facets = {
        "city_id": entry.city_id,
        "year": entry.year,
        "field_id": entry.field_id,
        "organisation_kind": entry.organisation_kind,
    }
    row, _created = LibraryIndex.objects.get_or_create(entry=entry, defaults={**facets, "words": "", "ranking": ""})
    made = vectors_of(entry, row.pk)
    LibraryIndex.objects.filter(pk=row.pk).update(
        **facets, words=made.words, ranking=made.ranking, version=INDEX_VERSION
    )
    return row


def vectors_of(entry: LibraryEntry, serial: int) -> Vectors:
    """Return the two vectors of an entry."""
    names = [entry.organisation_name, entry.credit, entry.region.name]
    names += [part.name for part in (entry.city, entry.field) if part is not None]
    facets = Facets(entry.city_id, entry.year, entry.field_id, entry.organisation_kind)
    return vectors(title=entry.title, names=names, body=entry.body, facets=facets, serial=serial)


@transaction.atomic
def relate(*, entry: LibraryEntry) -> list[int]:
    """Recompute which cases are shown beside an entry; return their ids. Nothing for a withdrawn entry."""
    LibraryEntry.objects.select_for_update().get(pk=entry.pk)
    near = related.neighbours(entry) if entry.withdrawn_at is None else []
    RelatedEntry.objects.filter(entry=entry).delete()
    RelatedEntry.objects.bulk_create(
        RelatedEntry(entry=entry, other_id=found.entry, score=found.score, terms=found.terms) for found in near
    )
    LibraryEntry.objects.filter(pk=entry.pk).update(related_at=timezone.now())
    return [found.entry for found in near]


@task()
def relate_entry(pk: int) -> None:
    """Recompute the related cases of an entry and of those nearest to it, which may now list it."""
    for number in relate(entry=LibraryEntry.objects.get(pk=pk)):
        relate(entry=LibraryEntry.objects.get(pk=number))


def city_of(region: Region) -> Region | None:
    """Return the prefecture a division lies in, itself included; None above that level."""
    codes = [code for code in region.path.split(".") if code]
    return Region.objects.filter(code__in=codes, level=Region.Level.CITY).first()
