"""One box for everybody and everything the ledger is about: people, enterprises, other bodies, by name."""

from dataclasses import dataclass

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from members import queries as register
from members.models import Organisation, Person, User
from services.queries.dossier.body import bodies
from services.queries.dossier.person import people

OFFERED = 20  # our choice: who sees more writes a longer name


@dataclass(frozen=True)
class Found:
    """What a name led to; `is_cut` says that somewhere there was more than is shown."""

    people: list[Person]
    enterprises: list[Organisation]
    bodies: list[Organisation]
    is_cut: bool

    @property
    def only(self) -> Person | Organisation | None:
        """The one thing found, None for nothing or several."""
        both = [*self.people, *self.enterprises, *self.bodies]
        return both[0] if len(both) == 1 else None


def by_name(user: User, text: str) -> Found:
    """Find by a part of the name or short name, exact names first. Three queries."""
    words = " ".join(text.split())
    named = _first(people(user).filter(name__icontains=words), words)
    holding = bodies(user).current().filter(Q(name__icontains=words) | Q(short_name__icontains=words))
    holding = holding.select_related("region")
    firms = _first(holding.filter(kind=Organisation.Kind.ENTERPRISE), words)
    others = _first(holding.exclude(kind=Organisation.Kind.ENTERPRISE), words)
    is_cut = any(len(rows) > OFFERED for rows in (named, firms, others))
    return Found(named[:OFFERED], firms[:OFFERED], others[:OFFERED], is_cut)


def by_number(user: User, text: str) -> register.Found:
    """Find people by exact identity number, phone or plate, as the register does."""
    return register.people_by_number(Person.objects.visible_to(user).with_links(), text)


def _first(rows: QuerySet, words: str) -> list:
    exact = Case(When(name=words, then=Value(0)), default=Value(1), output_field=IntegerField())
    return list(rows.order_by(exact, "name", "pk")[: OFFERED + 1])
