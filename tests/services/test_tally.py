"""What triggers add up is what the rows say, after every way in which rows change."""

import random
from collections import Counter
from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection
from django.db.models import Count, Sum

from members.actions import merge_organisation, organisation
from members.middleware import set_scope
from services import tasks
from services.indicators import catalogue, counting, periods, registry  # noqa: F401  (the catalogue registers itself)
from services.indicators.registry import Scope
from services.models import Activity, Excuse, MonthTally, Pairing, PairingYear, Tally
from services.models.activity import Channel
from tests.factories.members import OrganisationFactory, PersonFactory, RegionFactory, UserFactory
from tests.factories.services import ActivityFactory, ExcuseFactory, PairingFactory

pytestmark = pytest.mark.django_db

TODAY = date(2025, 3, 12)
COLUMNS = ("organisation", "organisation_path", "kind", "region", "channel", "happened_on")


@pytest.fixture(autouse=True)
def whole_house():
    with time_machine.travel("2025-03-12T09:00:00+08:00", tick=False):
        set_scope(["*"])
        yield


@pytest.fixture
def bureau():
    return OrganisationFactory(region=RegionFactory(code="370685"))


@pytest.fixture
def pairings(bureau, kinds):
    """Three pairings: through both years, begun within the first, ended within the second."""
    days = [(date(2022, 1, 1), None), (date(2024, 5, 15), None), (date(2023, 1, 1), date(2025, 2, 5))]
    made = []
    for started_on, ended_on in days:
        ends = {"ended_on": ended_on, "end_reason": "done"} if ended_on else {}
        made.append(
            PairingFactory(
                organisation=bureau,
                kind=kinds["three-ones"],
                started_on=started_on,
                helper=PersonFactory(organisation=bureau),
                helped=PersonFactory(organisation=bureau),
                **ends,
            )
        )
    return made


def contacts(pairings, kinds, number, seed=1):
    chance = random.Random(seed)
    return [
        ActivityFactory(
            organisation=pairings[0].organisation,
            kind=chance.choice([kinds["contact"], kinds["home-visit"]]),
            pairing=chance.choice([*pairings, None]),
            channel=chance.choice(Channel.values),
            happened_on=date(2024, 1, 1) + timedelta(days=chance.randrange(430)),
        )
        for _ in range(number)
    ]


def tallied(model=Tally):
    rows = model.objects.order_by(*COLUMNS).values_list(*COLUMNS).annotate(sum=Sum("number")).exclude(sum=0)
    return list(rows)


def counted():
    return list(Activity.objects.standing().order_by(*COLUMNS).values_list(*COLUMNS).annotate(sum=Count("pk")))


def by_month():
    """Return what the days of `counted` make under the first of their month."""
    found = Counter()
    for *what, day, number in counted():
        found[*what, day.replace(day=1)] += number
    return {key: number for key, number in found.items() if number}


def bits():
    """Return, by pairing and year, the weeks and months the rows speak for."""
    found = {}
    for one in Activity.objects.standing().exclude(pairing=None):
        year, week, _day = one.happened_on.isocalendar()
        found.setdefault((one.pairing_id, year), [0, 0])[0] |= 1 << week - 1
        if one.channel == Channel.ON_SITE:
            found.setdefault((one.pairing_id, one.happened_on.year), [0, 0])[1] |= 1 << one.happened_on.month - 1
    return found


def assert_adds_up():
    assert tallied() == counted()
    assert {tuple(what): number for *what, number in tallied(MonthTally)} == by_month()
    kept = {(one.pairing_id, one.year): [one.weeks, one.months] for one in PairingYear.objects.all()}
    assert {key: value for key, value in kept.items() if value != [0, 0]} == bits()


def test_entries_changes_and_entries_taken_back_add_up(pairings, kinds):
    made = contacts(pairings, kinds, 120)
    assert_adds_up()
    assert len(tallied()) > 50 and len(bits()) == 6

    taken_back = {"voided_at": made[0].logged_at, "voided_by": made[0].logged_by, "void_reason": "mistake"}
    Activity.objects.filter(pk__in=[one.pk for one in made[:40]]).update(**taken_back)
    assert_adds_up()

    Activity.objects.filter(pk__in=[one.pk for one in made[40:60]]).update(happened_on=date(2024, 12, 31))
    Activity.objects.filter(pk__in=[one.pk for one in made[60:70]]).update(pairing=pairings[0], channel="on_site")
    Activity.objects.filter(pk__in=[one.pk for one in made[70:75]]).update(pairing=None)
    Activity.objects.filter(pk__in=[one.pk for one in made[:5]]).update(voided_at=None, voided_by=None, void_reason="")
    Activity.objects.filter(pk=made[80].pk).update(line="别的话")
    assert_adds_up()


def test_many_rows_in_one_statement_add_up(pairings, kinds):
    made = contacts(pairings, kinds, 2)
    rows = [Activity(**{f.attname: getattr(made[0], f.attname) for f in Activity._meta.concrete_fields}) for _ in "123"]
    for number, row in enumerate(rows):
        row.pk, row.once, row.happened_on = None, Activity._meta.get_field("once").default(), date(2025, 1, 1 + number)
    Activity.objects.bulk_create(rows)
    assert_adds_up()


def test_a_body_that_moves_or_merges_takes_its_sums_along(bureau, pairings, kinds):
    official = UserFactory(role="steward", organisation=bureau)
    parent, other = OrganisationFactory(parent=bureau), OrganisationFactory(parent=bureau)
    for number in range(3):
        ActivityFactory(organisation=other, kind=kinds["contact"], happened_on=date(2024, 1, 1 + number))
    Pairing.objects.filter(pk=pairings[0].pk).update(organisation=other, organisation_path=other.path)
    contacts(pairings, kinds, 10)

    organisation.move(organisation=other, parent=parent, by=official)
    assert_adds_up()
    assert Tally.objects.filter(organisation_path__startswith=parent.path).aggregate(sum=Sum("number"))["sum"] == 3
    paths = PairingYear.objects.filter(pairing=pairings[0]).values_list(
        "organisation_path", "pairing__organisation_path"
    )
    assert all(own == of_pairing for own, of_pairing in paths)

    kept = OrganisationFactory(parent=bureau)
    other.refresh_from_db()
    done = merge_organisation.merge(kept=kept, absorbed=other, by=official)
    assert_adds_up()
    assert registry.read("activity.count", Scope(kept), periods.parse("2024", TODAY)).value == 3
    merge_organisation.undo(merge=done, by=official)
    assert_adds_up()


def test_the_sums_can_be_made_anew(pairings, kinds):
    contacts(pairings, kinds, 30)
    before = tallied()
    Tally.objects.all().delete()
    MonthTally.objects.all().update(number=7)
    PairingYear.objects.all().update(weeks=5)
    with connection.cursor() as cursor:
        cursor.execute("select services_add_up()")
    assert_adds_up()
    assert tallied() == before


def test_the_daily_task_keeps_the_sums_and_leaves_fewer_rows(pairings, kinds):
    made = contacts(pairings, kinds, 60)
    for number in range(3):
        ActivityFactory(
            organisation=made[0].organisation, kind=kinds["contact"], happened_on=date(2024, 7, 1 + number % 2)
        )
    gone = ActivityFactory(organisation=made[0].organisation, kind=kinds["survey"], happened_on=date(2024, 7, 1))
    taken_back = {"voided_at": gone.logged_at, "voided_by": gone.logged_by, "void_reason": "mistake"}
    Activity.objects.filter(pk=gone.pk).update(**taken_back)
    rows, sums = Tally.objects.count(), tallied()
    months, month_sums = MonthTally.objects.count(), tallied(MonthTally)

    set_scope([])
    assert tasks.compact_tallies.func() > 0
    set_scope(["*"])

    assert tallied() == sums and Tally.objects.count() == len(sums) < rows
    assert tallied(MonthTally) == month_sums and MonthTally.objects.count() == len(month_sums) < months
    assert_adds_up()


def test_sums_are_seen_exactly_where_their_rows_are(bureau, pairings, kinds):
    contacts(pairings, kinds, 5)
    assert Tally.objects.exists() and MonthTally.objects.exists() and PairingYear.objects.exists()
    set_scope([OrganisationFactory().path])
    assert not Tally.objects.exists() and not MonthTally.objects.exists() and not PairingYear.objects.exists()


def test_a_contact_entered_in_another_scope_counts_for_the_pairing(bureau, pairings, kinds):
    other = OrganisationFactory()
    helper = UserFactory(organisation=other, role="official")
    row = ActivityFactory.build(
        organisation=other, kind=kinds["contact"], pairing=pairings[0], happened_on=date(2024, 6, 5), logged_by=helper
    )
    row.organisation_path = other.path
    set_scope([other.path])
    row.save()
    set_scope([bureau.path])
    assert PairingYear.objects.get(pairing=pairings[0]).weeks == 1 << 22


@pytest.mark.parametrize(
    "text", ["2024", "2024Q2", "2025Q1", "2024-12", "since:2023-12-20..2025-03-10", "asof:2025-02-20"]
)
@pytest.mark.parametrize("every", ["week", "month"])
def test_periods_owed_and_kept_are_those_counted_one_by_one(bureau, pairings, kinds, every, text):
    contacts(pairings, kinds, 150, seed=7)
    ExcuseFactory(pairing=pairings[0], from_on=date(2024, 4, 10), to_on=date(2024, 4, 20))
    ExcuseFactory(pairing=pairings[1], from_on=date(2025, 2, 20), to_on=None)
    lifted = {"lifted_at": pairings[0].logged_at, "lifted_by": pairings[0].logged_by}
    ExcuseFactory(pairing=pairings[2], from_on=date(2024, 1, 1), to_on=None, **lifted)
    period = periods.parse(text, TODAY)
    owed = kept = 0
    for pairing in pairings:
        rows = Activity.objects.standing().filter(pairing=pairing)
        rows = rows.filter(channel=Channel.ON_SITE) if every == "month" else rows
        days = list(rows.values_list("happened_on", flat=True))
        excuses = list(Excuse.objects.filter(pairing=pairing, lifted_at=None))
        for first, last in zip(*counting.spans(every, period), strict=True):
            held = pairing.started_on <= first and (pairing.ended_on is None or pairing.ended_on > last)
            if held and not any(one.from_on <= last and (one.to_on or date.max) >= first for one in excuses):
                owed += 1
                kept += any(first <= day <= last for day in days)
    asked = "weeks" if every == "week" else "months"
    assert registry.read(f"pairing.{asked}_due", Scope(bureau), period).value == owed
    assert registry.read(f"pairing.{asked}_kept", Scope(bureau), period).value == kept
    rate = registry.read("pairing.contact_rate" if every == "week" else "pairing.visit_rate", Scope(bureau), period)
    assert (rate.top, rate.bottom, rate.rows) == (kept, owed, rate.indicator.queryset(Scope(bureau), period).count())
    if text == "2024":
        assert 0 < kept < owed


@pytest.mark.parametrize("text", ["2024", "2024Q3", "2024-09", "since:2024-03-05", "since:2024-03-01..2024-11-30"])
@pytest.mark.parametrize("filters", [{}, {"kind": "contact"}, {"kind__group": "contact"}, {"channel": "phone"}])
def test_a_count_from_sums_is_the_count_of_its_rows(bureau, pairings, kinds, filters, text):
    contacts(pairings, kinds, 150)
    indicator, period = registry.get("activity.count"), periods.parse(text, TODAY)
    reading = indicator.read(Scope(bureau), period, **filters)
    assert reading.value == reading.rows == indicator.queryset(Scope(bureau), period, **filters).count() > 0
