"""One county's ledger in the making: its plan, who keeps it, and whom it is about."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from cases.demo.clock import clock, morning
from members.models import Organisation, Person, User
from services.actions import activity as activities
from services.models import Activity, Campaign, Kind, Matter, Venue

YEAR = 330  # days


@dataclass
class Book:
    """One county's plan, who keeps its ledger, and what the plan has led to so far."""

    plan: dict
    official: User
    keeper: Organisation
    committee: Organisation
    kinds: dict[str, Kind]
    draw: random.Random
    agencies: list[Organisation] = field(default_factory=list)
    campaigns: dict[str, Campaign] = field(default_factory=dict)
    venues: dict[str, Venue] = field(default_factory=dict)
    projects: dict[str, Matter] = field(default_factory=dict)

    @property
    def owned(self) -> dict:
        """What says whose a row is."""
        return {"organisation": self.keeper, "organisation_path": self.keeper.path}

    @property
    def firms(self) -> list[Organisation]:
        """The county's enterprises."""
        rows = Organisation.objects.filter(kind=Organisation.Kind.ENTERPRISE, path__startswith=self.keeper.path)
        return list(rows.select_related("region").order_by("pk"))

    @property
    def people(self) -> list[Person]:
        """The county's drivers and couriers, by the order of registration."""
        return list(Person.objects.filter(organisation=self.keeper).order_by("pk"))

    @property
    def branches(self) -> list[Organisation]:
        """The branches of the industry."""
        return list(Organisation.objects.filter(kind="party_branch", parent=self.committee).order_by("pk"))

    def moments(self, count: int, first: int = YEAR, last: int = 2) -> Iterator[datetime]:
        """Spread moments evenly over the year, oldest first."""
        for number in range(count):
            yield morning(first - number * (first - last) // max(1, count), number % 50)


def log(book: Book, code: str, moment: datetime, given: activities.Given | None = None, **fields: object) -> Activity:
    """Log one activity, entered in the evening of its day."""
    with clock(moment + timedelta(hours=8)):
        row, _is_new = activities.log(
            organisation=book.keeper,
            kind=book.kinds[code],
            happened_on=moment.date(),
            once=UUID(int=book.draw.getrandbits(128)),
            by=book.official,
            given=given,
            **fields,
        )
    return row
