"""Putting a case into the public library and taking it out: the projection readers see."""

from datetime import datetime

from cases.models import Case, LibraryEntry
from members.models import Region

SUMMARY_CHARACTERS = 120


def put_in(*, case: Case, at: datetime) -> LibraryEntry:
    """Write or rewrite the library entry from the case's current revision. Runs in the caller's transaction."""
    organisation = case.organisation
    body = case.current_revision.body
    entry, _created = LibraryEntry.objects.update_or_create(
        case=case,
        defaults={
            "slug": f"{case.year}-{case.sequence:04d}",
            "title": case.current_revision.title,
            "body": body,
            "summary": " ".join(body.split())[:SUMMARY_CHARACTERS],
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
    return entry


def take_out(*, case: Case, at: datetime, note: str) -> None:
    """Leave only the notice of withdrawal: the text goes, the address stays. Runs in the caller's transaction."""
    LibraryEntry.objects.filter(case=case).update(
        withdrawn_at=at, withdrawal_note=note, body="", summary="", words="", updated_at=at
    )


def city_of(region: Region) -> Region | None:
    """Return the prefecture a division lies in, itself included; None above that level."""
    codes = [code for code in region.path.split(".") if code]
    return Region.objects.filter(code__in=codes, level=Region.Level.CITY).first()
