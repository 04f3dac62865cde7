"""Reads for blind review: whether a call is judged blind, which names are known, what a reviewer then sees."""

import time
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from django.db.models import Count, Max, Q
from django.utils import timezone

from cases import blind
from cases.blind import PLACE, UNIT, Known
from cases.models import Assignment, Case, Review
from cases.models.assignment import AssignmentQuerySet, Task, blind_calls
from cases.queries import NUMBER
from members.models import Organisation, Region

REREAD_SECONDS = 300  # a renamed body is hidden after this at the latest; a new one at once


def is_blind(case: Case, today: date | None = None) -> bool:
    """Tell whether reviewers of this case may not know whose it is: until the last blind phase of its call is over."""
    if case.call_id is None:
        return False
    return blind_calls(today or timezone.localdate()).filter(call=case.call_id).exists()


def known() -> Known:
    """Return every name of a place or body that is to be hidden; kept between requests."""
    rows = [model.objects.aggregate(number=Count("pk"), newest=Max("pk")) for model in (Region, Organisation)]
    return _known(*(value for row in rows for value in row.values()), int(time.time() // REREAD_SECONDS))


@lru_cache(maxsize=2)
def _known(*_version: int) -> Known:
    places = Region.objects.exclude(level=Region.Level.PROVINCE).values_list("name", flat=True)
    names = [(form, PLACE) for name in places for form in blind.forms_of_place(name)]
    units = Organisation.objects.values_list("name", "short_name")
    names += [(form, UNIT) for pair in units for form in blind.forms_of_unit(*pair)]
    return Known(names)


@dataclass(frozen=True)
class Face:
    """A case as one reviewer may see it."""

    number: str
    title: str
    body: str
    organisation: str
    captions: dict[int, str]
    is_blind: bool


def face(case: Case, *, is_hidden: bool, photos: list | None = None) -> Face:
    """Return what a reviewer sees of a case: as it stands, or with units, places and people hidden."""
    captions = {photo.pk: photo.caption for photo in photos or []}
    body = case.current_revision.body
    if not is_hidden:
        return Face(case.number, case.title, body, str(case.organisation), captions, False)
    names, people = known(), people_of(case)
    return Face(
        case.number,
        blind.hide(case.title, names, people),
        blind.hide(body, names, people),
        "",
        {pk: blind.hide(caption, names, people) for pk, caption in captions.items()},
        True,
    )


def hidden_title(case: Case, names: Known) -> str:
    """Return a case's title without its names."""
    return blind.hide(case.title, names, people_of(case))


def without_names(reviews: list[Review], case: Case) -> list[Review]:
    """Hide names in what others wrote, too; the rows are not to be saved."""
    names, people = known(), people_of(case)
    for review in reviews:
        review.comment = blind.hide(review.comment, names, people)
    return reviews


def people_of(case: Case) -> set[str]:
    """Return the people a case is known to name: who contributed it, who entered it."""
    return {name for name in (case.contributor_name, case.created_by.name if case.created_by else "") if name}


def finds(case: Case, words: str, names: Known) -> str:
    """Return the stretch around the words where they stand in the hidden text or title; "" where they do not.

    Words that hold a name themselves find nothing, so that nobody learns by searching whose a case is.
    """
    if names.hide(words) != words:
        return ""
    for text in (hidden_title(case, names), blind.hide(case.current_revision.body, names, people_of(case))):
        place = text.lower().find(words.lower())
        if place >= 0:
            return _around(text, place, words)
    return ""


def hides(assignment: Assignment, today: date | None = None) -> bool:
    """Tell whether the names of a case are hidden from its reviewer: judged blind, and not looked at since."""
    is_opinion = assignment.task == Task.SCORE and assignment.unblinded_at is None
    return is_opinion and is_blind(assignment.case, today)


@dataclass(frozen=True)
class Line:
    """An assignment in its reviewer's list, with the title they may read and the stretch a search found."""

    assignment: Assignment
    title: str
    snippet: str


def _hidden_calls() -> set[int]:
    return set(blind_calls(timezone.localdate()).values_list("call", flat=True))


def lines(rows: list[Assignment], words: str = "") -> list[Line]:
    """Return a page of a reviewer's list with hidden titles where the case is judged blind; one query for all."""
    calls, names = _hidden_calls(), known()
    return [
        Line(
            row,
            hidden_title(row.case, names) if _is_hidden(row, calls) else row.case.title,
            _snippet(row, words, calls),
        )
        for row in rows
    ]


def found(rows: AssignmentQuerySet, words: str) -> list[Assignment]:
    """Return the assignments whose case has the words, in a blind one where they stand in the hidden text alone."""
    calls, number = _hidden_calls(), NUMBER.match(words)
    if number:
        return list(rows.filter(case__year=int(number[1]), case__sequence=int(number[2])))
    held = rows.filter(Q(case__title__icontains=words) | Q(case__current_revision__body__icontains=words))
    return [row for row in held if _snippet(row, words, calls)]


def _snippet(row: Assignment, words: str, calls: set[int]) -> str:
    if not words:
        return ""
    if _is_hidden(row, calls):
        return finds(row.case, words, known())
    for text in (row.case.title, row.case.current_revision.body):
        place = text.lower().find(words.lower())
        if place >= 0:
            return _around(text, place, words)
    return ""


def _is_hidden(row: Assignment, calls: set[int]) -> bool:
    return row.task == Task.SCORE and row.unblinded_at is None and row.case.call_id in calls


def _around(text: str, place: int, words: str) -> str:
    return text[max(0, place - 20) : place + len(words) + 30].replace("\n", " ")
