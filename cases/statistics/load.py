"""What lies with each reviewer and what each signed: by name, no ranking. Every number counts cases and opens them."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from cases.models import Assignment, Signature
from cases.models.assignment import UNDER_REVIEW, AssignmentQuerySet
from cases.models.case import CaseQuerySet
from cases.models.review import Stage
from cases.queries_assignment import with_done
from members.models import User

GIVEN, DONE, OPEN, OVERDUE = "given", "done", "open", "overdue"
GIVEN_OUT: dict[str, Promise] = {
    GIVEN: pgettext_lazy("load", "Given to them"),
    DONE: pgettext_lazy("load", "Done"),
    OPEN: pgettext_lazy("load", "Open"),
    OVERDUE: pgettext_lazy("load", "Overdue"),
}
SIGNED: dict[str, Stage] = {f"signed_{stage.value}": stage for stage in Stage}
LABELS: dict[str, Promise] = GIVEN_OUT | {
    "signed_first": pgettext_lazy("load", "First reviews signed"),
    "signed_second": pgettext_lazy("load", "Second reviews signed"),
    "signed_final": pgettext_lazy("load", "Final reviews signed"),
}


@dataclass(frozen=True)
class Load:
    """One person's numbers by name of the measure."""

    person: User
    numbers: dict[str, int]


def load(cases: CaseQuerySet) -> list[Load]:
    """Return what was given to each person of these cases and what each signed; two queries, one for the people."""
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for person, *numbers in (
        _assignments(cases)
        .order_by()
        .values("reviewer")
        .annotate(**{name: Count("case", distinct=True, filter=_condition(name)) for name in GIVEN_OUT})
        .values_list("reviewer", *GIVEN_OUT)
    ):
        found[person] |= dict(zip(GIVEN_OUT, numbers, strict=True))
    signed = _signatures(cases).order_by().values_list("signed_by", "stage").annotate(number=Count("case"))
    for person, stage, number in signed:
        found[person][f"signed_{stage}"] = number
    people = sorted(User.objects.filter(pk__in=found), key=lambda person: (person.name, person.pk))
    return [Load(person, {name: found[person.pk].get(name, 0) for name in LABELS}) for person in people]


def behind(cases: CaseQuerySet, person: User, name: str) -> CaseQuerySet:
    """Keep the cases behind one number of one person."""
    if name in SIGNED:
        return cases.filter(pk__in=_signatures(cases).filter(signed_by=person, stage=SIGNED[name]).values("case"))
    rows = _assignments(cases).filter(_condition(name), reviewer=person)
    return cases.filter(pk__in=rows.values("case"))


def _assignments(cases: CaseQuerySet) -> AssignmentQuerySet:
    return with_done(Assignment.objects.standing().filter(case__in=cases.order_by().values("pk")))


def _signatures(cases: CaseQuerySet) -> CaseQuerySet:
    rows = Signature.objects.filter(voided_at=None, signed_by__isnull=False)
    return rows.filter(case__in=cases.order_by().values("pk"))


def _condition(name: str) -> Q:
    waits = Q(is_done=False, case__state__in=UNDER_REVIEW)
    return {
        GIVEN: Q(pk__isnull=False),
        DONE: Q(is_done=True),
        OPEN: waits,
        OVERDUE: waits & Q(due_on__lt=timezone.localdate()),
    }[name]
