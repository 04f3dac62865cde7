"""Reads of check-ins: what a scanned code opens, what a receipt shows, counts that open their rows."""

from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncMonth
from django.urls import reverse

from members import codes, consent
from members.middleware import whole_scope
from members.models import CheckIn, CheckInPoint, ConsentText, Organisation, PointToken, Region
from members.models.register import PersonQuerySet
from members.tally import Tally

Kind = Organisation.Kind
BRANCH_KINDS = (Kind.GENERAL_BRANCH, Kind.PARTY_BRANCH, Kind.PARTY_GROUP)
MOST_BRANCHES = 120  # offered on the phone page, which stays below 40 KB


@dataclass(frozen=True)
class Scan:
    """What a scanned code led to. `trouble` is "", "unknown", "replaced", "closed", "late" or "screen_only"."""

    point: CheckInPoint | None
    trouble: str


def scan(text: str) -> Scan:
    """Return the window of a scanned code, and why it takes no check-in now where it does not."""
    token, from_screen, is_fresh = codes.read_scanned(text)
    with whole_scope():
        found = PointToken.objects.select_related("point__organisation__region__parent").filter(token=token).first()
    if found is None:
        return Scan(None, "unknown")
    point = found.point
    if point.closed_at is not None:
        return Scan(point, "closed")
    if found.retired_at is not None:
        return Scan(point, "replaced")
    if not is_fresh:
        return Scan(point, "late")
    return Scan(point, "screen_only" if point.is_screen_only and not from_screen else "")


def token_of(point: CheckInPoint) -> str:
    """Return the code on the window's posters."""
    return point.tokens.filter(retired_at=None).values_list("token", flat=True).get()


def screen(key: str) -> tuple[CheckInPoint, str] | None:
    """Return the open window a screen's key belongs to with its code of this moment, or None."""
    with whole_scope():
        point = CheckInPoint.objects.select_related("organisation").filter(screen_key=key, closed_at=None).first()
        return None if point is None else (point, codes.for_screen(token_of(point)))


def by_receipt(code: str) -> CheckIn | None:
    """Return the check-in of a receipt's code."""
    with whole_scope():
        rows = CheckIn.objects.select_related("point__organisation__region__parent", "consent", "person__lead")
        return rows.filter(receipt_sha256=codes.digest(code)).first() if code else None


def is_confirmed(row: CheckIn) -> bool:
    """Tell whether the lead of a check-in is confirmed; needs the scope lifted or the row's organisation in it."""
    return CheckIn.objects.confirmed().filter(pk=row.pk).exists()


def current_text() -> ConsentText:
    """Return the version of the consent text people read now; the first window brings the first one."""
    return ConsentText.objects.order_by("-version").first()


def shown_at(point: CheckInPoint, text: ConsentText, days: int) -> consent.Shown:
    """Return a version as people read it at one window."""
    return consent.shown(
        version=text.version,
        notice=text.notice,
        consent=text.consent,
        organisation=point.organisation.name,
        contact=point.contact,
        days=days,
    )


def county_of(point: CheckInPoint) -> Region:
    """Return the county a window lies in; its own division where that is no township."""
    region = point.organisation.region
    return region.parent if region.level == Region.Level.TOWNSHIP and region.parent is not None else region


def within_county(people: PersonQuerySet, point: CheckInPoint) -> PersonQuerySet:
    """Keep people registered by bodies of the window's county."""
    return people.filter(organisation__region__path__startswith=county_of(point).path)


def branches(point: CheckInPoint) -> QuerySet:
    """Return the party branches of the window's county, by name."""
    bodies = Organisation.objects.current().filter(kind__in=BRANCH_KINDS)
    return bodies.filter(region__path__startswith=county_of(point).path).order_by("name", "pk")


def branch_names(point: CheckInPoint) -> list[str]:
    """Return the names of branches the phone page offers."""
    return list(branches(point).values_list("name", flat=True)[:MOST_BRANCHES])


def points_with_counts(points: QuerySet) -> QuerySet:
    """Add to each window how many people checked in, and how many of them are confirmed."""
    return points.annotate(
        check_in_count=Count("check_ins"),
        confirmed_count=Count("check_ins", filter=Q(check_ins__person__lead__confirmed_at__isnull=False)),
    )


def by_month(rows: QuerySet, wanted: dict) -> list[Tally]:
    """Count check-ins by month, the last twelve; `wanted` narrows the list that a count opens."""
    sums = {"found": Count("pk"), "sure": Count("pk", filter=Q(person__lead__confirmed_at__isnull=False))}
    months = rows.annotate(month=TruncMonth("checked_in_at")).values("month").annotate(**sums).order_by("-month")[:12]
    return [
        Tally(label, row["found"], row["sure"], wanted | {"month": label})
        for row in months
        for label in [f"{row['month']:%Y-%m}"]
    ]


def narrowed(rows: QuerySet, wanted: dict) -> QuerySet:
    """Keep the check-ins a filter form asks for; empty wishes are no wishes."""
    if wanted.get("point"):
        rows = rows.filter(point=wanted["point"])
    if wanted.get("month"):
        first, after = wanted["month"]
        rows = rows.filter(checked_in_at__gte=first, checked_in_at__lt=after)
    return rows.confirmed() if wanted.get("confirmed") else rows


def address_of(code: str) -> str:
    """Return the full address a code stands for."""
    return f"{settings.SITE_URL}{reverse('members:checkin_here', args=[code])}"


def versions() -> QuerySet:
    """Return the consent texts, newest first, with how many check-ins stand on each."""
    return ConsentText.objects.annotate(use_count=Count("check_ins")).select_related("written_by").order_by("-version")


def receipt_address() -> str:
    """Return the address at which a receipt's code opens what was given."""
    return f"{settings.SITE_URL}{reverse('members:checkin_receipt')}"
