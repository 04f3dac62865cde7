"""Statistics of cases: counts that agree with their rows, days in stages, a unit's own page, workbooks."""

import datetime
import io
from importlib import import_module

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from lxml import html
from openpyxl import load_workbook

from cases.actions import review
from cases.models import Case, Decision
from cases.statistics import counts
from cases.statistics.measures import BY_NAME, MEASURES
from members.middleware import set_scope
from members.models import AuditEvent
from tests.factories.cases import AssignmentFactory, CallFactory, CaseFactory, SubjectFieldFactory, walk
from tests.factories.members import OrganisationFactory, RegionFactory, UserFactory

pytestmark = pytest.mark.django_db
State = Case.State


@pytest.fixture(autouse=True)
def whole(db):
    set_scope(["*"])


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(datetime.datetime(2026, 3, 2, 1, tzinfo=datetime.UTC), tick=False) as traveller:
        yield traveller


@pytest.fixture
def province():
    return OrganisationFactory(region=RegionFactory(level="province", code="370000", name="山东省"))


@pytest.fixture
def chief(province):
    return UserFactory(role="chief_editor", organisation=province)


@pytest.fixture
def county(province):
    city = RegionFactory(level="city", code="370600", name="烟台市", parent=province.region)
    return OrganisationFactory(parent=province, region=city, name="沂河县")


@pytest.fixture
def some_of_each(county, chief, province):
    """Two published, one declined, one returned, one just received, one draft."""
    field = SubjectFieldFactory()
    made = {name: CaseFactory(organisation=county, title=f"{name}的案例", field=field) for name in "甲乙丙丁戊己"}
    walk(made["甲"], State.PUBLISHED)
    walk(made["乙"], State.PUBLISHED)
    decided(made["丙"], chief, Decision.Kind.DECLINE, "做法不具体")
    decided(made["丁"], chief, Decision.Kind.RETURN, "请补充数据")
    walk(made["戊"], State.RECEIVED)
    return made


def decided(case, chief, kind, note):
    walk(case, State.FIRST_REVIEW)
    move(case, chief, kind, note)


def move(case, by, kind, note=""):
    case.refresh_from_db()
    review.decide(case=case, kind=kind, by=by, revision=case.current_revision, note=note)


def text_of(response):
    return " ".join(html.fromstring(response.content).text_content().split())


def test_every_received_case_is_in_one_of_five_groups(some_of_each):
    found = counts.count(counts.received(Case.objects.all()))

    assert found.total.numbers == {
        "received": 5, "accepted": 2, "declined": 1, "withdrawn": 0, "merged": 0, "open": 2, "returned": 1,
    }  # fmt: skip
    assert (found.total.decided, found.total.rate, found.total.is_small) == (3, counts.Decimal("66.7"), True)
    for tallies in (found.months, found.cities, found.kinds, found.fields, found.bodies):
        assert sum(tally.numbers["received"] for tally in tallies) == 5
    assert [(tally.label, tally.key) for tally in found.cities] == [("烟台市", "370600")]


@pytest.mark.parametrize("state", State)
def test_each_state_falls_into_exactly_one_group(some_of_each, state):
    case = some_of_each["戊"]
    more = {"published_at": case.received_at} if state == State.PUBLISHED else {}
    more |= {"duplicate_of": some_of_each["甲"].pk} if state == State.MERGED else {}
    Case.objects.filter(pk=case.pk).update(state=state, **more)

    groups = ("accepted", "declined", "withdrawn", "merged", "open")
    assert sum(Case.objects.filter(BY_NAME[name].condition, pk=case.pk).exists() for name in groups) == 1


def test_a_case_withdrawn_after_publishing_stays_accepted(some_of_each):
    Case.objects.filter(pk=some_of_each["甲"].pk).update(state=State.WITHDRAWN)
    assert counts.count(Case.objects.filter(pk=some_of_each["甲"].pk)).total.numbers["accepted"] == 1


def test_every_number_of_the_page_opens_the_rows_it_counted(client, chief, some_of_each):
    client.force_login(chief)
    page = html.fromstring(client.get(reverse("cases:statistics_desk")).content)
    rows = reverse("cases:statistics_rows")
    links = [link for link in page.xpath("//main//a") if link.get("href").startswith(rows)]

    assert len({link.get("href") for link in links}) > 25
    for link in links:
        words = link.xpath(".//span[@class='stat-value']") or [link]
        response = client.get(link.get("href"))
        shown = response.context["page"].paginator.count if response.context.get("page") is not None else None
        if "left=" in link.get("href"):
            assert shown >= 1
        else:
            assert shown == int(words[0].text_content()), link.get("href")


def test_days_in_a_stage_are_those_between_two_moves(county, chief, clock):
    case = CaseFactory(organisation=county)
    walk(case, State.RECEIVED)
    clock.shift(datetime.timedelta(days=3))
    move(case, chief, Decision.Kind.TAKE_UP)
    clock.shift(datetime.timedelta(days=5))

    found = {stage.state: stage for stage in counts.stage_times(Case.objects.all())}

    assert (found[State.RECEIVED].passed, found[State.RECEIVED].median, found[State.RECEIVED].longest) == (1, 3.0, 3.0)
    assert found[State.RECEIVED].longest_case == case.pk
    assert (found[State.FIRST_REVIEW].now, found[State.FIRST_REVIEW].now_longest) == (1, 5.0)
    assert (found[State.FIRST_REVIEW].passed, found[State.FIRST_REVIEW].median) == (0, None)


def test_old_moves_are_given_the_moment_their_state_began(county, chief, clock):
    case = CaseFactory(organisation=county)
    walk(case, State.RECEIVED)
    clock.shift(datetime.timedelta(days=3))
    move(case, chief, Decision.Kind.TAKE_UP)
    kept = list(case.decisions.order_by("pk").values_list("since", flat=True))
    case.decisions.update(since=None)

    with connection.cursor() as cursor:
        cursor.execute(import_module("cases.migrations.0041_fill_decision_since").FILL)

    assert list(case.decisions.order_by("pk").values_list("since", flat=True)) == kept
    assert kept[1] == case.decisions.earliest("pk").decided_at


def test_the_page_narrows_by_year_call_and_city(client, chief, some_of_each):
    client.force_login(chief)
    url = reverse("cases:statistics_desk")
    assert client.get(url).context["total"].numbers["received"] == 5
    assert client.get(url, {"year": ""}).context["total"].numbers["received"] == 5
    assert client.get(url, {"year": "2026", "city": "370600"}).context["total"].numbers["received"] == 5
    assert client.get(url, {"year": "1999"}).status_code == 422
    assert client.get(url, {"city": "999999"}).status_code == 422


def test_load_is_for_chief_editors_alone_and_by_name(client, chief, province, some_of_each):
    client.force_login(chief)
    shown = client.get(reverse("cases:statistics_desk")).context["load"]
    assert [person.name for person, _numbers in shown] == sorted(person.name for person, _numbers in shown)
    assert sum(number for _person, numbers in shown for number, _url in numbers) == 6

    client.force_login(UserFactory(role="editor", organisation=province))
    response = client.get(reverse("cases:statistics_desk"))
    assert response.context["load"] is None
    assert "已签初审" not in text_of(response)
    signer = shown[0][0]
    forged = client.get(reverse("cases:statistics_rows"), {"person": signer.pk, "load": "signed_first"})
    assert forged.context["page"].paginator.count == 5  # the filter is not theirs


def test_load_counts_what_was_given_done_open_and_overdue_and_opens_its_rows(
    client, chief, province, some_of_each, county, clock
):
    reviewer = UserFactory(organisation=OrganisationFactory(parent=province), name="丛评审")
    received = CaseFactory(organisation=county, title="逾期的案例", state=State.RECEIVED)
    today = datetime.date(2026, 3, 2)
    common = {"reviewer": reviewer, "given_by": chief, "due_on": today + datetime.timedelta(days=3)}
    AssignmentFactory(case=some_of_each["戊"], **common)
    AssignmentFactory(case=received, **common | {"due_on": today - datetime.timedelta(days=1)})
    AssignmentFactory(case=some_of_each["甲"], done_at=timezone.now(), **common)
    AssignmentFactory(case=some_of_each["乙"], **common)  # published before an opinion came
    ended = {"ended_at": timezone.now(), "ended_by": chief, "ending": "taken_back"}
    AssignmentFactory(case=some_of_each["丙"], **ended, **common)
    client.force_login(chief)

    shown = dict(client.get(reverse("cases:statistics_desk")).context["load"])[reviewer]

    assert [number for number, _url in shown] == [4, 1, 2, 1, 0, 0, 0]
    for number, url in shown[:4]:
        page = client.get(url).context["page"]
        assert page.paginator.count == number
    assert [case.title for case in client.get(shown[3][1]).context["page"]] == ["逾期的案例"]


def test_a_jury_learns_nothing_of_its_blind_call_from_statistics(client, chief, province, some_of_each, county):
    call = CallFactory(organisation=province, by=chief, announced=True)
    call.phases.all().delete()
    days = {"starts_on": datetime.date(2026, 3, 1), "ends_on": datetime.date(2026, 3, 9)}
    call.phases.create(position=1, kind="review", name="初评", is_blind=True, **days)
    hidden = CaseFactory(organisation=OrganisationFactory(parent=county, region=county.region), title="盲评里的案例")
    walk(hidden, State.RECEIVED)
    Case.objects.filter(pk=hidden.pk).update(call=call)
    home = OrganisationFactory(parent=province)
    juror = UserFactory(role="editor", organisation=home, role__over=province)
    client.force_login(juror)
    urls = [reverse("cases:statistics_desk"), reverse("cases:statistics_rows")]
    posts = [reverse("cases:statistics_export"), reverse("cases:statistics_rows_export")]
    asked = {"year": "2026", "call": call.pk}

    def seen():
        pages = [client.get(url, asked) for url in urls]
        books = [load_workbook(io.BytesIO(client.post(f"{url}?year=2026").content)) for url in posts]
        cells = {
            str(cell) for book in books for sheet in book for line in sheet.iter_rows(values_only=True) for cell in line
        }
        return pages, cells

    pages, cells = seen()
    assert pages[0].context["total"].numbers["received"] == 1  # as any editor, before being on the jury
    assert "盲评里的案例" in cells and "盲评里的案例" in text_of(pages[1])
    AssignmentFactory(case=hidden, reviewer=juror, given_by=chief)
    pages, cells = seen()

    assert pages[0].context["total"].numbers["received"] == 0
    assert pages[1].context["page"].paginator.count == 0
    body = hidden.organisation
    assert not [cell for cell in cells if "盲评里的案例" in cell or body.name in cell]
    narrowed = client.get(urls[1], {"year": "2026", "body": body.code})
    assert narrowed.context["page"].paginator.count == 0


def test_a_unit_reads_what_became_of_its_own_cases_and_why(client, county, some_of_each, province):
    CaseFactory(organisation=OrganisationFactory(parent=province, region=county.region), title="外县的案例")
    walk(Case.objects.get(title="外县的案例"), State.RECEIVED)
    client.force_login(UserFactory(role="official", organisation=county))

    page = text_of(client.get(reverse("cases:statistics_ours")))

    assert "做法不具体" in page
    assert "请补充数据" in page
    assert "有结果 3 篇，采用 2 篇" in page
    assert "外县的案例" not in page
    rows = client.get(reverse("cases:statistics_ours_rows"), {"year": "2026", "measure": "declined"})
    assert [case.title for case in rows.context["page"]] == ["丙的案例"]


def test_a_unit_is_not_told_which_review_its_case_is_in(client, county, chief, some_of_each):
    for kind in (Decision.Kind.TAKE_UP, Decision.Kind.PASS_FIRST):
        move(some_of_each["戊"], chief, kind)
    client.force_login(UserFactory(role="official", organisation=county))
    assert "复审" not in html.fromstring(client.get(reverse("cases:statistics_ours")).content).xpath(
        "string(//main//tbody)"
    )


def test_what_passed_and_is_not_public_is_still_open_to_its_unit(client, county, some_of_each):
    Case.objects.filter(pk=some_of_each["戊"].pk).update(state=State.READY)
    client.force_login(UserFactory(role="official", organisation=county))

    assert client.get(reverse("cases:statistics_ours")).context["total"].numbers["accepted"] == 2
    url = reverse("cases:statistics_ours_rows")
    assert client.get(url, {"measure": "accepted"}).context["page"].paginator.count == 2
    assert client.get(url, {"now": "ready"}).context["page"].paginator.count == 5
    assert counts.count(counts.received(Case.objects.all())).total.numbers["accepted"] == 3


def test_pages_cost_the_same_for_few_and_for_many(client, chief, county, some_of_each):
    client.force_login(chief)
    for url in (reverse("cases:statistics_desk"), reverse("cases:statistics_rows")):
        client.get(url)
        with CaptureQueriesContext(connection) as few:
            client.get(url)
        for number in range(4):
            case = CaseFactory(
                organisation=OrganisationFactory(parent=county, region=county.region), field=SubjectFieldFactory()
            )
            walk(case, [State.RECEIVED, State.FIRST_REVIEW][number % 2])
        with CaptureQueriesContext(connection) as many:
            client.get(url)
        assert len(many) == len(few), url


def test_the_tables_leave_as_a_workbook(client, chief, some_of_each):
    client.force_login(chief)
    response = client.post(f"{reverse('cases:statistics_export')}?year=2026")

    book = load_workbook(io.BytesIO(response.content))
    lines = list(book.worksheets[0].iter_rows(values_only=True))
    assert lines[0][2:9] == tuple(str(measure.label) for measure in MEASURES)
    assert lines[2][:9] == ("按地市", "烟台市", 5, 2, 1, 0, 0, 2, 1)
    assert AuditEvent.objects.filter(event="case.export").count() == 1


def test_the_rows_behind_a_number_leave_as_they_are_shown(client, chief, some_of_each):
    client.force_login(chief)
    response = client.post(f"{reverse('cases:statistics_rows_export')}?year=2026&measure=accepted")

    lines = list(load_workbook(io.BytesIO(response.content)).worksheets[0].iter_rows(values_only=True))
    assert {line[1] for line in lines[1:]} == {"甲的案例", "乙的案例"}


@pytest.mark.parametrize(
    "asked", [{"month": "2026-13"}, {"within": "x"}, {"body": "x"}, {"field": "nix"}, {"left": "?"}]
)
def test_a_list_nobody_can_mean_is_said(client, chief, asked):
    client.force_login(chief)
    assert client.get(reverse("cases:statistics_rows"), asked).status_code == 422
