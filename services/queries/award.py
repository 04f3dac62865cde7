"""Reads for a list of certificates and honours: whose each row is, which rows can be taken, which are there already."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import gettext_lazy as _

from members.models import Person, User
from services.certificates import LABELS, Award, Fault, Line, read
from services.imports import values
from services.imports.reasons import BY_CODE
from services.models import Grant, Group, Kind

NOBODY = "none"  # the answer to a name with namesakes: it is none of them
UNKNOWN = _("“%(name)s” is not in the register. Look at the characters, or have the person registered first.")
REPEATED = _("Another row of this list says the same: leave one of them out.")
NEEDS_PERSON = _("This kind goes to people: without a name it cannot be entered.")


@dataclass(frozen=True)
class Ready:
    """A row that can be entered, with its person where there is one."""

    line: Line
    award: Award
    person: Person | None


@dataclass
class Examined:
    """A list looked through: what can be entered, what has to be asked, what cannot be taken and why."""

    ready: list[Ready] = field(default_factory=list)
    asked: list[tuple[Line, list[Person]]] = field(default_factory=list)
    bad: list[tuple[Line, str]] = field(default_factory=list)

    @property
    def left(self) -> list[Line]:
        """The rows that are not entered yet."""
        return [line for line, _people in self.asked] + [line for line, _why in self.bad]


def examine(
    user: User,
    *,
    kind: Kind,
    lines: list[Line],
    usual: Award,
    today: date,
    answers: Mapping[str, str],
    without_names: bool = False,
) -> Examined:
    """Look through a list. Names are looked up among the people the account sees; a name that several bear is asked.

    `answers` say by a row's key which person was chosen; `without_names` takes rows of people nobody registered.
    """
    found, read_rows, seen = Examined(), [(line, *read(line, usual, today)) for line in lines], Counter()
    people = _people_called(user, {award.name for _line, award, _faults in read_rows})
    for line, award, faults in read_rows:
        if faults:
            found.bad.append((line, " ".join(map(_sentence, faults))))
            continue
        able = _told_apart(people.get(award.name, []), award.unit)
        answer = answers.get(line.key, "")
        if len(able) > 1 and answer != NOBODY:
            able = [person for person in able if str(person.pk) == answer] or able
            if len(able) > 1:
                found.asked.append((line, able))
                continue
        person = able[0] if len(able) == 1 else None
        reason = _why_not(kind, award, person, without_names or answer == NOBODY)
        same = _sameness(kind, award, person)
        if not reason and same is not None and seen[same]:
            reason = str(REPEATED)
        seen[same] += 1
        if reason:
            found.bad.append((line, reason))
        else:
            found.ready.append(Ready(line, award, person))
    return found


def known(user: User, kind: Kind, ready: list[Ready]) -> set[str]:
    """Return the keys of the rows that are entered already: by number and issuer, else by person, day and name."""
    rows = Grant.objects.visible_to(user).standing()
    if kind.group == Group.CERTIFICATE:
        numbered = rows.filter(kind__group=Group.CERTIFICATE, serial__in={row.award.serial for row in ready} - {""})
    else:
        numbered = rows.none()
    here = {(grant.issuer, grant.serial) for grant in numbered.only("issuer", "serial")}
    named = rows.filter(kind=kind, person__in=[row.person for row in ready if row.person])
    here |= set(named.values_list("person", "name", "given_on", "serial"))
    return {row.line.key for row in ready if _sameness(kind, row.award, row.person) in here}


def _people_called(user: User, names: set[str]) -> dict[str, list[Person]]:
    rows = Person.objects.visible_to(user).filter(name__in=names - {""})
    found: dict[str, list[Person]] = {}
    for person in rows.select_related("employer", "party_branch").order_by("pk"):
        found.setdefault(person.name, []).append(person)
    return found


def _told_apart(people: list[Person], unit: str) -> list[Person]:
    """Keep those whose employer or branch is the unit the row names, if that tells namesakes apart."""
    if len(people) < 2 or not unit:
        return people
    near = [
        person
        for person in people
        if any(
            unit in values.fold(name)
            for body in (person.employer, person.party_branch)
            if body is not None
            for name in (body.name, body.short_name)
        )
    ]
    return near or people


def _sameness(kind: Kind, award: Award, person: Person | None) -> tuple | None:
    """Return what makes two rows the same; None where nothing tells."""
    if kind.group == Group.CERTIFICATE and award.serial:
        return award.issuer, award.serial
    return (person.pk, award.title, award.issued_on, award.serial) if person else None


def _why_not(kind: Kind, award: Award, person: Person | None, may_be_nameless: bool) -> str:
    if person is not None:
        return ""
    if not may_be_nameless:
        return str(UNKNOWN) % {"name": award.name}
    return str(NEEDS_PERSON) if kind.is_person_needed else ""


def _sentence(fault: Fault) -> str:
    column, code, text = fault
    return str(BY_CODE[code]) % {"column": LABELS[column], "text": text}
