"""The registry: a number, its rows and its export are one thing; scopes do not leak; sums add up."""

import datetime
import io
import json
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from config.errors import Refused
from members.middleware import set_scope, whole_scope
from members.models import DevelopmentQuota, EnterpriseVisit, Organisation
from services.indicators import catalogue, columns, periods, registry  # noqa: F401  (the catalogue registers itself)
from services.indicators.registry import By, Indicator, Ratio, Scope
from services.models import Attachment, Criterion, Kind, Matter, Participation
from tests.factories import services as rows
from tests.factories.members import (
    CheckInPointFactory,
    DevelopmentFactory,
    LeadFactory,
    OrganisationFactory,
    PersonFactory,
    PostFactory,
    RegionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
TODAY = datetime.date(2024, 11, 20)
D = datetime.date


def period(text="2024"):
    return periods.parse(text, TODAY)


@pytest.mark.parametrize(
    ("text", "start", "end", "as_of"),
    [
        ("2024", D(2024, 1, 1), D(2024, 12, 31), TODAY),
        ("2022", D(2022, 1, 1), D(2022, 12, 31), D(2022, 12, 31)),
        ("2024Q2", D(2024, 4, 1), D(2024, 6, 30), D(2024, 6, 30)),
        ("2024q4", D(2024, 10, 1), D(2024, 12, 31), TODAY),
        ("2024-02", D(2024, 2, 1), D(2024, 2, 29), D(2024, 2, 29)),
        ("since:2022-03-01..2024-12-31", D(2022, 3, 1), D(2024, 12, 31), TODAY),
        ("since:2022-03-01", D(2022, 3, 1), TODAY, TODAY),
        ("asof:2022-05-20", None, D(2022, 5, 20), D(2022, 5, 20)),
    ],
)
def test_a_period_is_read_as_people_write_it(text, start, end, as_of):
    found = periods.parse(text, TODAY)

    assert (found.start, found.end, found.as_of) == (start, end, as_of)
    assert found.label


@pytest.mark.parametrize(
    "text",
    ["", "24", "2024Q5", "2024-13", "2024-7", "since:", "since:2024-02-30", "asof:2024", "1900", "2099-99", "９９９９",
     "since:2024-05-01..2024-04-01", "since:0001-01-01", "2024Q２"],
)  # fmt: skip
def test_what_is_no_period_is_refused_with_the_forms(text):
    with pytest.raises(Refused, match="2024Q2"):
        periods.parse(text, TODAY)


@pytest.fixture
def county():
    """A county with two towns and a row of everything in each of the three."""
    region = RegionFactory()
    root = OrganisationFactory(region=region)
    bodies = [root, OrganisationFactory(parent=root, region=region), OrganisationFactory(parent=root, region=region)]
    for number, body in enumerate(bodies, start=1):
        fill(body, number)
    set_scope([root.path])
    return root, bodies


def fill(body, number):
    """Enter rows of every area for one organisation, `number` of most."""
    branch = OrganisationFactory(parent=body, region=body.region, kind=Organisation.Kind.PARTY_BRANCH)
    firm = OrganisationFactory(parent=body, region=body.region, kind=Organisation.Kind.ENTERPRISE)
    meeting = rows.KindFactory(group="party_life")
    rows.DutyFactory(
        label=f"会议{number}", pairing_kind=None, body=None, body_kind="party_branch", proof="activity",
        proof_kind=meeting, every="month", organisation=body,
    )  # fmt: skip
    for month in range(1, number + 1):
        rows.ActivityFactory(organisation=body, kind=meeting, body=branch, happened_on=D(2024, month, 9), headcount=9)
    visit = rows.ActivityFactory(organisation=body, kind=rows.KindFactory(group="enterprise_visit"), body=firm)
    rows.ParticipationFactory.create_batch(number, activity=visit)
    rows.ActivityFactory(organisation=body, kind=rows.KindFactory(group="training"), headcount=20 * number)
    named = rows.ActivityFactory(organisation=body, kind=rows.KindFactory(group="training"))
    rows.ParticipationFactory.create_batch(2, activity=named, state=Participation.State.COMPLETED)
    rows.ActivityFactory(organisation=body, voided_at=named.logged_at, voided_by=named.logged_by, void_reason="mistake")
    pairing = rows.PairingFactory(organisation=body)
    owe(pairing.kind)
    rows.ActivityFactory(organisation=body, pairing=pairing, kind=rows.KindFactory(group="contact"))
    for group, code in (("coverage", "instructor"), ("secretary", "secretary")):
        kind = rows.KindFactory(domain="pairing", group=group, code=f"{code}-{number}")
        rows.PairingFactory(organisation=body, kind=kind, helped=None, helped_organisation=firm)
    rows.MatterFactory.create_batch(number, organisation=body, settled=True, pairing=pairing)
    rows.MatterFactory(organisation=body, due_on=D(2024, 6, 1))
    rows.MatterFactory(organisation=body, closed=True)
    rows.MatterFactory(organisation=body, state="declined", closed_on=D(2024, 5, 22))
    campaign = rows.CampaignFactory(organisation=body)
    task = rows.KindFactory(domain="matter", group="task")
    rows.MatterFactory(organisation=body, kind=task, campaign=campaign, number=1, lead_body=firm, settled=True)
    rows.MatterFactory(organisation=body, kind=task, campaign=campaign, number=2, due_on=D(2024, 9, 30))
    rows.CampaignMemberFactory(campaign=campaign, body=firm)
    rows.TargetFactory(organisation=body, campaign=campaign, number=100)
    rows.GrantFactory(organisation=body, quantity=10 * number)
    rows.GrantFactory(organisation=body, amount_fen=12_345, kind=rows.KindFactory(domain="grant", group="fund"))
    for group in ("certificate", "honour", "mark"):
        rows.GrantFactory(organisation=body, kind=rows.KindFactory(domain="grant", group=group))
    venue = rows.VenueFactory(organisation=body, rooms=8, beds=28, zones=5, area_square_metres=300)
    use = rows.KindFactory(group="venue_use")
    rows.ActivityFactory(organisation=body, kind=use, venue=venue, headcount=number * 7, entry_seconds=18)
    rows.ScoreFactory(organisation=body, criterion__sheet__organisation=body)
    rows.FigureFactory(organisation=body, key="practitioners", to_on=D(2024, 3, 31), from_on=D(2024, 3, 31))
    rows.AttachmentFactory(organisation=body, issued_on=D(2024, 2, 1))
    user = UserFactory(organisation=body)
    PostFactory(person__organisation=body, from_on=D(2024, 1, 1))
    moment = datetime.datetime(2024, 5, 1, tzinfo=datetime.UTC)
    DevelopmentFactory(person__organisation=body, opened_at=moment, stage="full", admitted_on=D(2024, 6, 1))
    DevelopmentFactory(person__organisation=body, opened_at=moment)
    with whole_scope():
        DevelopmentQuota.objects.create(organisation=body, organisation_path=body.path, year=2024, places=number)
        visits = {"enterprise": firm, "organisation": body, "organisation_path": body.path, "recorded_by": user}
        EnterpriseVisit.objects.create(visited_on=D(2024, 5, 8), **visits).visitors.add(user)
    person = PersonFactory(organisation=body)
    moment = datetime.datetime(2024, 5, 1, tzinfo=datetime.UTC)
    LeadFactory(person=person, found_at=moment, confirmed_at=moment, confirmed_by=user, state="returned")
    LeadFactory(person=PersonFactory(organisation=body), found_at=moment)
    CheckInPointFactory.create_batch(number, organisation=body, opened_at=moment)
    CheckInPointFactory(organisation=body, opened_at=moment, closed_at=moment)


ALL = sorted(indicator.key for indicator in registry.everything())
COUNTED = [key for key in ALL if isinstance(registry.get(key), Indicator)]
ADDITIVE = [key for key in COUNTED if registry.get(key).is_additive and registry.get(key).by is By.ORGANISATION]


def owe(kind):
    """Let the pairings of a kind owe a contact a week and a visit a month."""
    rows.DutyFactory(label=f"每周{kind.pk}", pairing_kind=kind)
    rows.DutyFactory(label=f"每月{kind.pk}", pairing_kind=kind, every="month", proof="visit")


# The fixture makes none; projects and suggestions are counted in test_desk.
WITHOUT_ROWS = {
    "development.step_overdue",
    "form.retired",
    "project.amount",
    "project.total",
    "suggestion.adopted",
}
SINCE_ENTERED = {"entry.count", "entry.seconds_median", "member.registered"}  # their dates are those of the test run


def period_for(key):
    """The period in which the fixture's rows lie."""
    today = datetime.date.today()  # noqa: DTZ011
    return periods.parse(str(today.year), today) if key in SINCE_ENTERED else period()


def test_the_catalogue_has_every_figure_of_the_paper():
    wanted = [
        "member.hidden_found", "member.joined_group", "enterprise.total", "enterprise.covered",
        "enterprise.coverage_rate", "enterprise.visited", "enterprise.with_secretary", "activity.count",
        "activity.headcount", "orglife.done", "orglife.due", "orglife.rate", "matter.received", "matter.closed",
        "matter.resolved", "matter.overdue", "matter.resolution_rate", "matter.satisfaction_rate",
        "matter.median_days", "task.total", "task.units", "task.done", "task.overdue", "alliance.units",
        "pairing.active", "pairing.contact_rate", "pairing.visit_rate", "pairing.solved_rate", "grant.quantity",
        "grant.kinds", "grant.amount", "campaign.progress", "venue.open", "venue.beds", "venue.area", "venue.visits",
        "training.completed", "certificate.count", "document.count", "criterion.score", "figure.value",
        "entry.seconds_median", "entry.count", "form.retired", "development.stage", "development.admitted",
        "development.step_overdue", "development.both_sides", "enterprise.visitors", "member.posts",
    ]  # fmt: skip

    assert sorted(set(wanted) - set(ALL)) == []
    assert [key for key in ALL if not registry.get(key).caveat] == []


def test_a_number_is_what_its_rows_say(county):
    root, _bodies = county
    differing = {}
    for key in COUNTED:
        indicator = registry.get(key)
        found = indicator.read(Scope(root), period_for(key))
        listed = list(columns.ordered(indicator.queryset(Scope(root), period_for(key))))
        lines = [columns.table_of(indicator.rows()).cells(row) for row in listed]
        is_count = indicator.measure is None and indicator.reckon is None
        if found.rows != len(lines) or (is_count and found.value != len({row.pk for row in listed})):
            differing[key] = (found.value, found.rows, len(lines))

    assert differing == {}


def test_every_indicator_finds_the_rows_made_for_it(county):
    root, _bodies = county

    empty = [key for key in COUNTED if not registry.read(key, Scope(root), period_for(key)).rows]

    assert empty == sorted(WITHOUT_ROWS)


def test_a_county_is_the_sum_of_its_towns_and_itself(county):
    root, (_same, *towns) = county
    differing = {}
    for key in set(ADDITIVE) - WITHOUT_ROWS:
        indicator, when = registry.get(key), period_for(key)
        whole = indicator.read(Scope(root), when)
        parts = [indicator.read(Scope(town), when) for town in towns]
        own = [row for row in indicator.queryset(Scope(root), when) if not under(row, indicator.org, towns)]
        if whole.rows != sum(part.rows for part in parts) + len(own) or whole.value <= max(p.value for p in parts):
            differing[key] = (whole.value, [part.value for part in parts], len(own))

    assert differing == {}


def under(row, lookup, towns):
    """Tell whether a row lies in one of the towns."""
    value = row
    for name in lookup.split("__"):
        value = getattr(value, name)
    return any(value.startswith(town.path) for town in towns)


def test_a_town_sees_no_row_of_another_town(county):
    """Whatever a town asks for, no row of another town comes; enterprises lie in a place and belong to nobody."""
    _root, (_same, town, other) = county
    seen_by_county = {key: len(registry.get(key).queryset(Scope(other), period_for(key))) for key in ALL}
    set_scope([town.path])
    public = {Organisation, Criterion, Kind}

    leaks = {key: len(found) for key in ALL if (found := registry.get(key).queryset(Scope(other), period_for(key)))}
    for key in list(leaks):
        if registry.get(key).queryset(Scope(other), period()).model in public:
            del leaks[key]

    assert sum(seen_by_county.values()) > 100
    assert leaks == {}


def test_numbers_of_one_county_by_hand(county):
    root, _bodies = county
    read = {key: registry.read(key, Scope(root), period()).value for key in ALL if key not in SINCE_ENTERED}

    assert {key: read[key] for key in read if key.startswith(("matter", "task", "grant", "venue"))} == {
        "matter.received": 6 + 3 * 3,
        "matter.closed": 6 + 3,
        "matter.resolved": 6,
        "matter.declined": 3,
        "matter.open": 3,
        "matter.overdue": 3,
        "matter.decidable": 9,
        "matter.called_back": 6,
        "matter.satisfied": 6,
        "matter.resolution_rate": Decimal("66.7"),
        "matter.satisfaction_rate": Decimal("100.0"),
        "matter.median_days": Decimal("0.0"),
        "task.total": 6,
        "task.done": 3,
        "task.overdue": 3,
        "task.units": 3,
        "grant.quantity": 60 + 3 + 9,
        "grant.kinds": 1,
        "grant.amount": Decimal("370.35"),
        "grant.in_force": 72,
        "venue.open": 3,
        "venue.rooms": 24,
        "venue.beds": 84,
        "venue.zones": 15,
        "venue.area": 900,
        "venue.visits": 42,
        "venue.kinds": 3,
    }
    assert read["training.completed"] == 120 + 6
    assert read["activity.persons"] == 6 + 6
    assert read["campaign.progress"] == Decimal("43.3")  # 72, 24 and 34 of 100 each: the county counts its towns
    assert (read["enterprise.total"], read["enterprise.covered"], read["enterprise.visited"]) == (3, 3, 3)
    assert (read["member.hidden_found"], read["member.joined_group"]) == (3, 3)
    assert read["figure.value"] == 8700


def test_meetings_owed_are_whole_months_of_each_branch(county):
    root, _bodies = county

    owed, held = (registry.read(f"orglife.{name}", Scope(root), period()).value for name in ("due", "done"))

    # Ten months are over on 20 November. The county's duty binds all six branches, a town's its own two.
    assert (owed, held) == (10 * (6 + 2 + 2), 1 + 2 + 3)


def test_weeks_kept_are_whole_weeks_with_a_contact():
    pairing = rows.PairingFactory(started_on=D(2024, 5, 1))  # a Wednesday: the week of the 6th is the first whole one
    owe(pairing.kind)
    rows.PairingFactory(organisation=pairing.organisation, started_on=D(2024, 1, 1))  # of a kind that owes nothing
    contact = rows.KindFactory(group="contact")
    for day in (D(2024, 5, 3), D(2024, 5, 7), D(2024, 5, 9), D(2024, 5, 26)):
        rows.ActivityFactory(organisation=pairing.organisation, pairing=pairing, kind=contact, happened_on=day)
    rows.ExcuseFactory(pairing=pairing, from_on=D(2024, 5, 15), to_on=D(2024, 5, 16))
    set_scope(["*"])
    may = period("2024-05")

    due, kept = (
        registry.read(f"pairing.{name}", Scope(pairing.organisation), may).value for name in ("weeks_due", "weeks_kept")
    )
    rate = registry.read("pairing.contact_rate", Scope(pairing.organisation), may)

    assert (due, kept) == (2, 2)  # the weeks of the 6th and the 20th; that of the 13th is excused
    assert (rate.value, rate.is_small) == (Decimal("100.0"), True)


def test_a_figure_of_months_beside_its_year_counts_once():
    body = OrganisationFactory()
    rows.FigureFactory(organisation=body, key="alerts", from_on=D(2024, 1, 1), to_on=D(2024, 1, 31), value=40)
    rows.FigureFactory(organisation=body, key="alerts", from_on=D(2024, 2, 1), to_on=D(2024, 2, 29), value=30)
    set_scope(["*"])
    months = registry.read("figure.value", Scope(body), period(), key="alerts").value
    rows.FigureFactory(organisation=body, key="alerts", from_on=D(2024, 1, 1), to_on=D(2024, 12, 31), value=500)
    set_scope(["*"])

    assert (months, registry.read("figure.value", Scope(body), period(), key="alerts").value) == (70, 500)


def test_a_ratio_over_nothing_says_nothing():
    reading = registry.read("matter.resolution_rate", Scope(OrganisationFactory()), period())

    assert (reading.value, reading.text) == (None, "—")


@pytest.mark.parametrize(
    ("key", "filters"),
    [
        ("activity.count", {"logged_by": "1"}),
        ("activity.count", {"campaign": "三"}),
        ("activity.count", {"kind": "\x00"}),
        ("no.such", {}),
        ("orglife.rate", {"kind": "x"}),
        ("enterprise.covered", {"kind": "x"}),
    ],
)
def test_a_filter_nobody_declared_is_refused(key, filters):
    with pytest.raises(Refused):
        registry.read(key, Scope(OrganisationFactory()), period(), **filters)


def test_two_definitions_cannot_share_a_key():
    with pytest.raises(ValueError, match=r"activity\.count"):
        registry.register(registry.get("activity.count"))


def test_every_ratio_stands_on_two_definitions_that_take_its_filters():
    for indicator in registry.everything():
        if isinstance(indicator, Ratio):
            for part in (indicator.top, indicator.bottom):
                assert set(indicator.params) <= set(registry.get(part).params)


def test_the_command_prints_one_object_a_line(county):
    root, _bodies = county
    out = io.StringIO()
    asked = ["matter.resolved", "activity.count?kind__group=care"]

    call_command("indicators", *asked, "--organisation", root.code, "--period", "2024", "--json", stdout=out)

    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [(line["key"], line["value"], line["rows"], line["scope"]) for line in lines] == [
        ("matter.resolved", 6, 6, f"organisation:{root.code}"),
        ("activity.count", 0, 0, f"organisation:{root.code}"),
    ]
    assert set(lines[0]) == {"key", "label", "value", "unit", "rows", "scope", "period", "caveat", "version"}


def test_the_command_prints_the_whole_catalogue_without_keys(county):
    out = io.StringIO()

    call_command("indicators", "--period", "2024", stdout=out)

    assert len(out.getvalue().splitlines()) == len(ALL)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["no.such"], "no.such"),
        (["activity.count", "--period", "lately"], "2024Q2"),
        (["activity.count", "--organisation", "nowhere"], "nowhere"),
    ],
)
def test_the_command_says_what_is_wrong(arguments, words):
    with pytest.raises(CommandError, match=words):
        call_command("indicators", *arguments, stdout=io.StringIO())


def test_no_form_of_the_ledger_asks_for_a_total():
    """Nothing that can be counted is typed: only Figure holds a typed number."""
    for model in (Matter, Attachment):
        assert [f.name for f in model._meta.get_fields() if "total" in f.name or f.name.endswith("_count")] == []


def test_a_moment_counts_on_its_day_here():
    body = OrganisationFactory()
    for hour in (15, 16):  # 23:30 on New Year's Eve and 00:30 on New Year's Day, in China
        moment = datetime.datetime(2023, 12, 31, hour, 30, tzinfo=datetime.UTC)
        LeadFactory(
            person=PersonFactory(organisation=body),
            found_at=moment,
            confirmed_at=moment,
            confirmed_by=UserFactory(organisation=body),
        )
    set_scope(["*"])

    values = [registry.read("member.hidden_found", Scope(body), period(year)).value for year in ("2023", "2024")]

    assert values == [1, 1]
