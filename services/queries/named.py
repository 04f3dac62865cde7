"""What a workbook calls by name, found within an account's scope: one query a sort, however many names."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import islice

from django.db.models import Q, QuerySet

from members.models import Merge, Organisation, Person, Region, User
from members.models.organisation import under_paths
from members.permissions import Permission
from services.imports.values import fold
from services.models import Campaign, Domain, Kind, Pairing, Venue
from services.queries.scope import reporting_bodies

ASKED_AT_ONCE = 2_000
OFFERED = 2_000  # names in one drop-down
ABOUT = [Organisation.Kind.ENTERPRISE, Organisation.Kind.PARTY_BRANCH, Organisation.Kind.COMMUNITY]
WIDE, NARROW = str.maketrans("()", "（）"), str.maketrans("（）", "()")


@dataclass(frozen=True)
class Entry:
    """One row a name may stand for. `told_by` are names that tell it from its namesakes."""

    pk: int
    region: int | None = None
    label: str = ""
    told_by: frozenset[str] = frozenset()
    from_on: date | None = None
    to_on: date | None = None

    def holds_on(self, day: date) -> bool:
        """Whether it holds on a day; the day of the end no longer counts."""
        return (self.from_on is None or self.from_on <= day) and (self.to_on is None or day < self.to_on)


@dataclass
class Names:
    """Rows by sort and folded name; `retired` are kinds nobody may choose any more."""

    found: dict[str, dict[str, list[Entry]]] = field(default_factory=dict)
    retired: frozenset[str] = frozenset()

    def called(self, sort: str, text: str) -> list[Entry]:
        """Return the rows of a sort that a text names."""
        return self.found.get(sort, {}).get(fold(text), [])


def kinds(user: User, domain: Domain, names: Names) -> None:
    """Enter every kind of a domain under its label, its code and what was merged into it."""
    rows = list(Kind.objects.visible_to(user).filter(domain=domain).order_by("position", "pk"))
    by_name: dict[str, list[Entry]] = {}
    current = {kind.pk: kind for kind in rows if kind.retired_on is None}
    for kind in current.values():
        for text in (kind.label, kind.code):
            by_name.setdefault(fold(text), [Entry(kind.pk, label=kind.label)])
    gone = {kind.pk: kind for kind in rows if kind.retired_on is not None}
    merges = Merge.objects.filter(model=Kind._meta.label_lower, undone_at=None, absorbed_id__in=gone)
    into = dict(merges.values_list("absorbed_id", "kept_id"))
    for kind in gone.values():
        pk = kind.pk
        while pk in into:
            pk = into[pk]
        if pk in current:
            by_name.setdefault(fold(kind.label), [Entry(pk, label=current[pk].label)])
    names.found["kind"] = by_name
    names.retired = frozenset(fold(kind.label) for kind in gone.values()) - by_name.keys()


def own_bodies(user: User, texts: Iterable[str], names: Names) -> None:
    """Enter the bodies whose ledger the account may import into."""
    names.found["organisation"] = _bodies(reporting_bodies(user, Permission.IMPORT_LEDGER), texts)


def bodies(user: User, texts: Iterable[str], names: Names) -> None:
    """Enter the bodies an entry may be about: of the account's subtree, and of the county it is at home in."""
    near = Q(region__path__startswith=user.organisation.region.path)
    within = near | under_paths("path", user.paths(Permission.IMPORT_LEDGER))
    names.found["body"] = _bodies(Organisation.objects.current().filter(within).order_by("pk"), texts)


def people(user: User, texts: Iterable[str], names: Names) -> None:
    """Enter registered people; a namesake is told apart by the employer, the branch or the organisation."""
    within = under_paths("organisation_path", user.paths(Permission.IMPORT_LEDGER))
    rows = Person.objects.filter(within, merged_into=None)
    told = ["employer", "party_branch", "organisation"]
    wanted = ["pk", "name", *(f"{one}__{name}" for one in told for name in ("name", "short_name"))]
    found = defaultdict(list)
    for some in _slices(texts):
        for pk, name, *tell in rows.filter(name__in=some).order_by("pk").values_list(*wanted):
            found[fold(name)].append(Entry(pk, told_by=frozenset(fold(text) for text in tell if text)))
    names.found["person"] = dict(found)


def venues(user: User, texts: Iterable[str], names: Names) -> None:
    """Enter the venues of the account's organisations; one merged into another stands for that one."""
    rows = Venue.objects.within(user, Permission.IMPORT_LEDGER)
    found = defaultdict(dict)
    for some in _slices(texts):
        for row in rows.filter(name__in=some).select_related("merged_into").order_by("pk"):
            kept = row
            while kept.merged_into is not None:
                kept = kept.merged_into
            found[fold(row.name)][kept.pk] = Entry(kept.pk, kept.region_id)
    names.found["venue"] = {name: list(entries.values()) for name, entries in found.items()}


def campaigns(user: User, texts: Iterable[str], names: Names) -> None:
    """Enter the campaigns of the account's organisations."""
    rows = Campaign.objects.within(user, Permission.IMPORT_LEDGER).filter(name__in=_variants(texts))
    found = defaultdict(list)
    for row in rows.order_by("pk"):
        found[fold(row.name)].append(Entry(row.pk, from_on=row.starts_on))
    names.found["campaign"] = dict(found)


def regions(user: User, texts: Iterable[str], names: Names) -> None:
    """Enter the divisions of the account's own county."""
    rows = Region.objects.under([user.organisation.region.path]).filter(name__in=_variants(texts))
    found = defaultdict(list)
    for row in rows.order_by("pk"):
        found[fold(row.name)].append(Entry(row.pk, row.pk))
    names.found["region"] = dict(found)


def pairings(user: User, texts: Iterable[str], names: Names) -> None:
    """Enter pairings under the name of who is helped; the helper's name tells two of them apart."""
    rows = Pairing.objects.within(user, Permission.IMPORT_LEDGER).standing().with_row()
    found = defaultdict(list)
    for some in _slices(texts):
        for row in rows.filter(Q(helped__name__in=some) | Q(helped_organisation__name__in=some)).order_by("pk"):
            told = frozenset({fold(row.helper_name)})
            found[fold(row.helped_name)].append(Entry(row.pk, row.region_id, "", told, row.started_on, row.ended_on))
    names.found["pairing"] = dict(found)


FINDERS = {
    "organisation": own_bodies,
    "body": bodies,
    "person": people,
    "venue": venues,
    "campaign": campaigns,
    "region": regions,
    "pairing": pairings,
}


def load(user: User, domain: Domain, texts: Mapping[str, set[str]]) -> Names:
    """Return what these texts, by sort, may stand for within the account's scope."""
    names = Names()
    kinds(user, domain, names)
    for sort, some in texts.items():
        if some:
            FINDERS[sort](user, some, names)
    return names


def choices(user: User, domain: Domain) -> dict[str, list[str]]:
    """Return the words a template offers for each column: kinds, and bodies, venues and campaigns within the scope."""
    kinds_in_use = Kind.objects.visible_to(user).in_use().of(domain)
    within = under_paths("path", user.paths(Permission.IMPORT_LEDGER))
    firms = Organisation.objects.current().filter(within, kind__in=ABOUT).order_by("name", "pk")
    open_venues = Venue.objects.within(user, Permission.IMPORT_LEDGER).filter(closed_on=None)
    named_campaigns = Campaign.objects.within(user, Permission.IMPORT_LEDGER)
    found = {
        "kind": kinds_in_use.values_list("label", flat=True),
        "organisation": reporting_bodies(user, Permission.IMPORT_LEDGER).values_list("name", flat=True),
        "body": firms.values_list("name", flat=True),
        "lead_body": firms.values_list("name", flat=True),
        "helper_organisation": firms.values_list("name", flat=True),
        "helped_organisation": firms.values_list("name", flat=True),
        "venue": open_venues.order_by("name", "pk").values_list("name", flat=True),
        "campaign": named_campaigns.order_by("name", "pk").values_list("name", flat=True),
    }
    return {name: list(dict.fromkeys(rows[:OFFERED])) for name, rows in found.items()}


def _bodies(rows: QuerySet, texts: Iterable[str]) -> dict[str, list[Entry]]:
    found: dict[str, dict[int, Entry]] = defaultdict(dict)
    for some in _slices(texts):
        wanted = rows.filter(Q(name__in=some) | Q(short_name__in=some) | Q(uscc__in=some) | Q(code__in=some))
        for pk, region, *said in wanted.values_list("pk", "region_id", "name", "short_name", "uscc", "code"):
            for text in filter(None, said):
                found[fold(text)][pk] = Entry(pk, region)
    return {name: list(entries.values()) for name, entries in found.items()}


def _slices(texts: Iterable[str]) -> Iterator[list[str]]:
    every = iter(sorted(_variants(texts)))
    while some := list(islice(every, ASKED_AT_ONCE)):
        yield some


def _variants(texts: Iterable[str]) -> set[str]:
    """Return the spellings under which the database may hold these names: brackets and spaces vary."""
    found = set()
    for text in texts:
        plain = "".join(unicodedata.normalize("NFKC", text).split())
        found |= {text.strip(), plain, plain.translate(WIDE), plain.translate(NARROW)}
    return found - {""}
