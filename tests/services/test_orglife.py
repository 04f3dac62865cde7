"""Party life: which branch owes what, what is missing, excused or logged in two taps."""

import datetime

import pytest
import time_machine
from django.urls import reverse

from config.errors import Refused
from members.middleware import set_scope
from members.models import AuditEvent, Organisation
from services.actions import orglife as actions
from services.indicators import counting, periods, registry
from services.indicators.registry import Scope
from services.models import Activity, Duty
from services.queries import orglife as queries
from tests.factories import services as rows
from tests.factories.members import OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db
D = datetime.date
NOW = "2024-07-10T10:00:00+08:00"
Kind = Organisation.Kind


@pytest.fixture(autouse=True)
def july():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def official(kinds):
    user = UserFactory(role="official", organisation__name="沂河县交通运输局")
    set_scope(["*"])
    return user


@pytest.fixture
def branch(official):
    return OrganisationFactory(parent=official.organisation, kind=Kind.PARTY_BRANCH, name="货运一支部")


@pytest.fixture
def signed_in(client, official):
    client.force_login(official)
    return client


def held(official, kinds, branch, code, *days):
    for day in days:
        rows.ActivityFactory(
            organisation=official.organisation, logged_by=official, kind=kinds[code], body=branch, happened_on=day
        )


def year():
    return periods.parse("2024", D(2024, 7, 10))


def lines_of(official):
    scope = Scope(official.organisation)
    columns = queries.duties(scope, year())
    return columns, queries.board(list(queries.branches(official, scope)), columns, scope, year())


def by_label(line):
    return {cell.duty.label: cell for cell in line.cells if cell is not None}


def test_a_branch_owes_each_month_and_quarter_that_is_over(official, branch, kinds):
    held(official, kinds, branch, "party-day", D(2024, 1, 9), D(2024, 1, 23), D(2024, 4, 2), D(2024, 7, 2))
    held(official, kinds, branch, "party-congress", D(2024, 5, 5))

    _columns, (line,) = lines_of(official)

    cells = by_label(line)
    assert {label: (cell.held, cell.owed) for label, cell in cells.items()} == {
        "党员大会": (1, 2),
        "支委会": (0, 6),
        "党课": (0, 2),
        "主题党日": (2, 6),
    }
    assert cells["主题党日"].missing == "2月、3月、5月、6月"
    assert cells["党员大会"].missing == "第1季度"


def test_the_board_and_the_indicators_say_the_same(official, branch, kinds):
    other = OrganisationFactory(parent=official.organisation, kind=Kind.PARTY_BRANCH)
    held(official, kinds, branch, "party-day", D(2024, 1, 9), D(2024, 2, 9))
    held(official, kinds, other, "branch-committee", D(2024, 6, 9))

    _columns, lines = lines_of(official)

    scope = Scope(official.organisation)
    cells = [cell for line in lines for cell in line.cells if cell is not None]
    assert sum(cell.owed for cell in cells) == registry.read("orglife.due", scope, year()).value == 32
    rate = registry.read("orglife.rate", scope, year())
    done = registry.read("orglife.done", scope, year())
    assert (rate.top, rate.bottom, rate.rows) == (done.value, 32, done.rows)
    assert sum(cell.held for cell in cells) == registry.read("orglife.done", scope, year()).value == 3


def test_a_meeting_in_the_branchs_own_ledger_counts_too(official, branch, kinds):
    rows.ActivityFactory(organisation=branch, kind=kinds["party-day"], happened_on=D(2024, 3, 5), logged_by=official)

    _columns, (line,) = lines_of(official)

    assert by_label(line)["主题党日"].held == 1
    found = registry.read("orglife.meetings", Scope(official.organisation), year(), branch=branch.code)
    assert found.value == 1


def test_a_number_opens_the_meetings_of_that_branch_alone(signed_in, official, branch, kinds):
    other = OrganisationFactory(parent=official.organisation, kind=Kind.PARTY_BRANCH)
    held(official, kinds, branch, "party-day", D(2024, 1, 9), D(2024, 1, 23))
    held(official, kinds, other, "party-day", D(2024, 1, 9))
    _columns, lines = lines_of(official)
    cell = next(by_label(line)["主题党日"] for line in lines if line.body == branch)

    page = signed_in.get(cell.rows_url)

    assert page.context["page"].paginator.count == 2


def test_what_is_missing_is_logged_in_two_taps(signed_in, official, branch, kinds):
    _columns, (line,) = lines_of(official)

    form = signed_in.get(by_label(line)["支委会"].log_url).context["form"]
    sent = {name: form[name].value() or "" for name in ("kind", "about", "day", "once", "opened", "channel")}
    signed_in.post(reverse("services:activity_log"), sent)

    made = Activity.objects.get()
    assert (made.kind, made.body, made.happened_on) == (kinds["branch-committee"], branch, D(2024, 7, 10))


def test_a_party_group_logs_its_meeting_too(signed_in, official, kinds):
    group = OrganisationFactory(parent=official.organisation, kind=Kind.PARTY_GROUP, name="三号线党小组")
    _columns, (line,) = lines_of(official)

    form = signed_in.get(by_label(line)["党小组会"].log_url).context["form"]

    assert form["about"].value() == f"body:{group.pk}"
    assert "三号线党小组" in str(form["about"])


def test_excused_months_are_not_owed_and_come_back_when_lifted(signed_in, official, branch):
    duty = Duty.objects.get(label="主题党日")
    address = reverse("services:orglife_excuse", args=[branch.pk])
    sent = {"duty": duty.pk, "reason": "stopped", "from_on": "2024-02-01", "to_on": "2024-03-31", "note": ""}

    signed_in.post(address, {f"excuse-{name}": value for name, value in sent.items()})

    _columns, (line,) = lines_of(official)
    assert by_label(line)["主题党日"].owed == 4
    excuse = queries.excuses(branch).get()
    page = signed_in.get(reverse("services:orglife_branch", args=[branch.pk])).content.decode()
    assert "停运或歇业" in page or excuse.get_reason_display() in page
    signed_in.post(reverse("services:orglife_lift", args=[branch.pk, excuse.pk]))
    _columns, (line,) = lines_of(official)
    assert by_label(line)["主题党日"].owed == 6
    assert [AuditEvent.objects.filter(event=f"orglife.{what}").count() for what in ("excuse", "lift")] == [1, 1]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"to_on": "2024-01-01"}, "早于"),
        ({"reason": "other"}, "原因"),
        ({"duty": "999999"}, "选择"),
        ({"from_on": "1900-01-01"}, "年份"),
    ],
)
def test_an_excuse_that_makes_no_sense_is_said(signed_in, branch, values, words):
    sent = {"duty": Duty.objects.get(label="主题党日").pk, "reason": "stopped", "from_on": "2024-02-01"} | values
    address = reverse("services:orglife_excuse", args=[branch.pk])

    response = signed_in.post(address, {f"excuse-{name}": value for name, value in sent.items()})

    assert response.status_code == 422
    assert words in response.content.decode()
    assert not queries.excuses(branch).exists()


def test_nobody_excuses_a_branch_of_another_county(client, official, branch):
    stranger = UserFactory(role="official")
    duty = Duty.objects.get(label="主题党日")
    plain = {"body": branch, "duty": duty, "from_on": D(2024, 2, 1), "to_on": None, "reason": "stopped"}

    with pytest.raises(Refused):
        actions.excuse(by=stranger, **plain)
    with pytest.raises(Refused):
        actions.excuse(by=official, **plain | {"to_on": D(2023, 1, 1)})
    made = actions.excuse(by=official, **plain)
    with pytest.raises(Refused):
        actions.lift(body=branch, excuse=made, by=stranger)
    client.force_login(stranger)
    assert client.get(reverse("services:orglife_branch", args=[branch.pk])).status_code == 404
    assert branch.name not in client.get(reverse("services:orglife_board")).content.decode()


def test_what_is_no_branch_has_no_such_page(signed_in, official):
    firm = OrganisationFactory(parent=official.organisation, kind=Kind.ENTERPRISE)

    assert signed_in.get(reverse("services:orglife_branch", args=[firm.pk])).status_code == 404


def test_a_period_without_a_whole_month_owes_nothing(official, branch):
    duty = Duty.objects.get(label="主题党日")

    bodies = Organisation.objects.filter(pk=branch.pk)
    assert counting.body_periods_each(bodies, duty, periods.parse("2024-07", D(2024, 7, 10))) == {}


@pytest.mark.parametrize("count", [1, 12])
def test_the_board_costs_the_same_for_one_branch_and_for_many(
    signed_in, official, count, django_assert_max_num_queries
):
    for number in range(count):
        OrganisationFactory(parent=official.organisation, kind=Kind.PARTY_BRANCH, name=f"第{number}支部")

    with django_assert_max_num_queries(46):
        page = signed_in.get(reverse("services:orglife_board"))

    assert len(page.context["lines"]) == count
