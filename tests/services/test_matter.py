"""A matter from the phone call to the call-back: what is filled in, what may follow, what counts as solved."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from config.errors import Refused, WrongState
from members.middleware import set_scope
from members.models import AuditEvent, Notice, Organisation
from services import workflow
from services.actions import matter as actions
from services.models import Matter, MatterState, MatterStep
from services.models.matter import Outcome, Satisfaction, Stage, Way
from services.queries import matter as queries
from tests.factories.members import OrganisationFactory, PersonFactory, PostFactory, RegionFactory, UserFactory
from tests.factories.services import CampaignFactory, CampaignMemberFactory, KindFactory, MatterFactory, PairingFactory

pytestmark = pytest.mark.django_db

STEP = MatterStep.Kind
PHONE = "13864530017"


@pytest.fixture
def bureau():
    return OrganisationFactory(name="甲县交通运输局", region=RegionFactory(code="370685", name="甲县"))


@pytest.fixture
def official(bureau):
    found = UserFactory(organisation=bureau, role="official", name="李办")
    set_scope([bureau.path])
    return found


@pytest.fixture
def wages():
    return KindFactory(domain="matter", group="appeal", label="追讨运费", due_days=10)


@pytest.fixture
def ask(bureau, official, wages):
    def receive(**asked):
        options = {name: asked.pop(name) for name in ("is_mine", "once") if name in asked}
        asked = {"kind": wages, "title": "运费拖欠两个月", "received_on": date(2024, 9, 27), **asked}
        return actions.receive(
            asked=actions.Asked(**asked),
            organisation=bureau,
            by=official,
            **{"once": uuid.uuid4(), **options},
        )

    return receive


@pytest.fixture
def closed(ask, official):
    matter = ask(is_mine=True, requester_name="王师傅", phone=PHONE)
    return actions.close(matter=matter, outcome=Outcome.SOLVED, answer="已协调付清", by=official)


def test_what_is_known_fills_the_rest(ask, bureau):
    firm = OrganisationFactory(
        parent=bureau,
        kind=Organisation.Kind.ENTERPRISE,
        region=RegionFactory(code="370685101", parent=bureau.region, name="东街道"),
    )
    committee = OrganisationFactory(parent=bureau, kind=Organisation.Kind.INDUSTRY_COMMITTEE)
    guide, member = PersonFactory(organisation=bureau), PersonFactory(organisation=bureau)
    PostFactory(person=member, organisation=committee, organisation_path=committee.path, title="委员")
    kind = KindFactory(domain="pairing", group="commissioners")
    for helper in (guide, member):
        PairingFactory(kind=kind, organisation=bureau, helper=helper, helped=None, helped_organisation=firm)
    driver = PersonFactory(organisation=bureau, employer=firm, phone=PHONE)

    matter = ask(phone=PHONE, requester_name="电话里的王师傅")

    assert (matter.requester, matter.body, matter.region) == (driver, firm, firm.region)
    assert (matter.commissioner, matter.guide) == (member, guide)
    assert matter.requester_name == "" and bytes(matter.phone_cipher) == b""  # the register has both already
    assert matter.due_on == date(2024, 10, 16)  # ten working days over the National Day


def test_an_unknown_caller_keeps_name_and_sealed_phone(ask):
    matter = ask(requester_name="王师傅", phone=PHONE)
    matter.refresh_from_db()
    assert (matter.asked_by, matter.phone_masked) == ("王师傅", "138******17")
    assert PHONE.encode() not in bytes(matter.phone_cipher)


def test_the_same_form_twice_is_one_matter(ask):
    once = uuid.uuid4()
    assert ask(once=once).pk == ask(once=once, title="又按了一次").pk
    assert Matter.objects.count() == 1 and MatterStep.objects.count() == 1


def test_outside_the_subtree_nothing_is_taken_in(ask, wages, official):
    other = OrganisationFactory()
    with pytest.raises(Refused):
        actions.receive(
            asked=actions.Asked(kind=wages, title="外县", received_on=date(2024, 5, 1)),
            organisation=other,
            once=uuid.uuid4(),
            by=official,
        )


@pytest.mark.parametrize("kind", [step for step in STEP if step != STEP.RECEIVE])
@pytest.mark.parametrize("state", MatterState)
def test_only_steps_of_the_table_are_made(bureau, official, kind, state):
    into = MatterFactory(organisation=bureau, kind__group="problem")
    ended = {"closed_on": date(2024, 5, 20)} if state in ("closed", "settled", "declined") else {}
    outcome = {"outcome": "solved"} if state in ("closed", "settled") else {}
    parent = {"parent": into} if state == "merged" else {}
    matter = MatterFactory(organisation=bureau, state=state, **ended, **outcome, **parent)
    typed = {
        STEP.TAKE: lambda: actions.take(matter=matter, by=official),
        STEP.HAND_OVER: lambda: actions.hand_over(matter=matter, to=official, by=official),
        STEP.CLAIM: lambda: actions.claim(matter=matter, body=bureau, by=official),
        STEP.PROGRESS: lambda: actions.note_progress(matter=matter, note="已联系", by=official),
        STEP.ADVANCE: lambda: actions.advance(matter=matter, stage=Stage.STARTED, by=official),
        STEP.EXTEND: lambda: actions.extend(matter=matter, due_on=ahead(9), reason="需会商", by=official),
        STEP.MERGE: lambda: actions.merge(matter=matter, into=into, by=official),
        STEP.SPLIT: lambda: actions.split(matter=matter, by=official),
        STEP.DECLINE: lambda: actions.decline(matter=matter, reason="不属本部门职责", by=official),
        STEP.CLOSE: lambda: actions.close(matter=matter, outcome="solved", answer="已办", by=official),
        STEP.CALL_BACK: lambda: actions.call_back(matter=matter, satisfaction="satisfied", by=official),
        STEP.REOPEN: lambda: actions.reopen(matter=matter, by=official),
    }
    if kind in workflow.available(state, "appeal"):
        made = typed[kind]()
        assert made.state == workflow.leads_to(state, kind, "appeal")
        assert made.steps.get().kind == kind
        assert AuditEvent.objects.get(event="matter.step").detail["kind"] == kind
    else:
        with pytest.raises(WrongState):
            typed[kind]()


def ahead(days):
    return timezone.localdate() + timedelta(days=days)


def test_the_handler_closes_and_only_contentment_solves(closed, official):
    assert (closed.state, closed.is_solved) == ("closed", False)
    settled = actions.call_back(matter=closed, satisfaction=Satisfaction.BASICALLY, by=official)
    assert (settled.state, settled.is_solved) == ("settled", True)


@pytest.mark.parametrize("said", [Satisfaction.UNSATISFIED, Satisfaction.NOT_NEEDED])
def test_anything_else_settles_without_solving(closed, official, said):
    settled = actions.call_back(matter=closed, satisfaction=said, by=official)
    assert (settled.state, settled.is_solved) == ("settled", False)


def test_whoever_is_not_reached_is_called_once_more(closed, official):
    first = actions.call_back(matter=closed, satisfaction=Satisfaction.UNREACHED, by=official)
    assert (first.state, first.satisfaction, first.is_solved) == ("closed", "unreached", False)
    second = actions.call_back(matter=first, satisfaction=Satisfaction.UNREACHED, by=official)
    assert (second.state, second.is_solved) == ("settled", False)


def test_after_reopening_the_calls_start_anew(closed, official):
    actions.call_back(matter=closed, satisfaction=Satisfaction.UNREACHED, by=official)
    opened = actions.reopen(matter=closed, by=official, note="又拖欠了")
    assert (opened.state, opened.outcome, opened.closed_on, opened.satisfaction) == ("handling", "", None, "")
    again = actions.close(matter=opened, outcome=Outcome.SOLVED, answer="付清", by=official)
    assert actions.call_back(matter=again, satisfaction=Satisfaction.UNREACHED, by=official).state == "closed"


def test_a_task_is_settled_by_closing_it(bureau, official):
    task = MatterFactory(organisation=bureau, kind__group="task", state="handling")
    done = actions.close(matter=task, outcome=Outcome.SOLVED, answer="已完成", by=official)
    assert (done.state, done.is_solved) == ("settled", True)


def test_a_deadline_is_put_off_once_and_forward(ask, official):
    matter = ask(due_on=ahead(3), received_on=timezone.localdate())
    with pytest.raises(Refused, match="期限"):
        actions.extend(matter=matter, due_on=ahead(2), reason="早了", by=official)
    actions.extend(matter=matter, due_on=ahead(8), reason="等审计结果", by=official)
    with pytest.raises(WrongState):
        actions.extend(matter=matter, due_on=ahead(20), reason="再等", by=official)
    matter.refresh_from_db()
    assert matter.due_on == ahead(8)


def test_many_complaints_become_one_problem_and_get_one_answer(ask, bureau, official):
    problem = MatterFactory(organisation=bureau, kind__group="problem", state="handling", title="停车难")
    parts = [actions.merge(matter=ask(title=f"没处停车{n}"), into=problem, by=official) for n in range(3)]
    assert Matter.objects.counted().count() == 1

    actions.close(matter=problem, outcome=Outcome.SOLVED, answer="新设两处停车区", by=official, with_parts=True)

    for part in parts:
        part.refresh_from_db()
        assert (part.state, part.parent, part.answer) == (
            "closed",
            problem,
            "新设两处停车区",
        )  # each waits for its call


def test_a_matter_is_merged_into_an_open_problem_only(ask, bureau, official):
    for other in (
        MatterFactory(organisation=bureau, kind__group="appeal"),
        MatterFactory(organisation=bureau, kind__group="problem", settled=True),
    ):
        with pytest.raises(Refused):
            actions.merge(matter=ask(), into=other, by=official)


def test_a_problem_is_claimed_by_a_member_of_its_alliance(bureau, official):
    alliance = CampaignFactory(organisation=bureau, form="alliance")
    member = CampaignMemberFactory(campaign=alliance, organisation=bureau, body__parent=bureau).body
    problem = MatterFactory(organisation=bureau, kind__group="problem", campaign=alliance)
    with pytest.raises(Refused):
        actions.claim(matter=problem, body=bureau, by=official)
    assert actions.claim(matter=problem, body=member, by=official).lead_body == member
    assert problem.steps.get().body == member


def test_handing_over_tells_the_colleague(ask, bureau, official, django_capture_on_commit_callbacks):
    colleague = UserFactory(organisation=bureau, role="official")
    with django_capture_on_commit_callbacks(execute=True):
        actions.hand_over(matter=ask(), to=colleague, by=official)
    assert Notice.objects.get().user == colleague
    outsider = UserFactory(role="official")
    with pytest.raises(Refused):
        actions.hand_over(matter=ask(), to=outsider, by=official)


def test_a_list_holds_each_number_once(ask, bureau):
    tasks = CampaignFactory(organisation=bureau, form="task_list")
    ask(campaign=tasks, number=1)
    with pytest.raises(Refused, match="序号"):
        ask(campaign=tasks, number=1)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_close_at_once_one_is_told():
    bureau = OrganisationFactory()
    officials = [UserFactory(organisation=bureau, role="official") for _ in range(2)]
    matter = MatterFactory(organisation=bureau, state="handling")

    def close(by):
        try:
            with transaction.atomic():
                set_scope([bureau.path])
                actions.close(matter=matter, outcome="solved", answer=by.username, by=by)
        except WrongState as refusal:
            return str(refusal)
        finally:
            connection.close()
        return "closed"

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(close, officials), key=len)
    assert answers[0] == "closed" and len(answers[1]) > len("closed")


def test_every_tab_counts_the_rows_it_opens(bureau, official, client):
    today = timezone.localdate()
    MatterFactory(organisation=bureau, due_on=None)
    MatterFactory(organisation=bureau, due_on=date(2024, 5, 27), handler=official)
    MatterFactory(organisation=bureau, closed=True)
    MatterFactory(organisation=bureau, settled=True)
    MatterFactory(organisation=bureau, state="merged", parent=MatterFactory(organisation=bureau, kind__group="problem"))
    rows = Matter.objects.visible_to(official).of_group("appeal")

    counts = queries.tab_counts(rows, official)
    for name, count in counts.items():
        assert queries.waiting(rows, name, official, today).count() == count, name
    assert counts == {"open": 2, "mine": 1, "overdue": 1, "call_back": 1, "ended": 1, "all": 4}
    client.force_login(official)
    page = client.get(reverse("services:matter_list"), {"tab": "overdue"})
    assert [matter.pk for matter in page.context["page"]] == list(
        rows.filter(handler=official).values_list("pk", flat=True)
    )


def test_the_list_costs_the_same_for_many(bureau, official, client, django_assert_max_num_queries):
    client.force_login(official)
    costs = []
    for _round in range(2):
        with django_assert_max_num_queries(40) as captured:
            client.get(reverse("services:matter_list"))
        costs.append(len(captured))
        for _number in range(5):
            MatterFactory(organisation=bureau, requester=PersonFactory(organisation=bureau), handler=official)
    assert costs[0] + 1 >= costs[1], costs


def test_a_call_is_taken_on_the_page(bureau, official, wages, client):
    client.force_login(official)
    page = client.get(reverse("services:matter_receive"))
    form = page.context["form"]
    assert [field.name for field in form.first] == ["requester_name", "phone", "title", "kind"]
    sent = {
        "once": str(uuid.uuid4()),
        "requester_name": "王师傅",
        "phone": "138 6453 0017",
        "title": "运费拖欠",
        "kind": wages.pk,
        "is_mine": "on",
        "organisation": bureau.pk,
        "way": Way.PHONE,
    }
    answer = client.post(reverse("services:matter_receive"), sent)
    matter = Matter.objects.get()
    assert answer.url == matter.get_absolute_url()
    assert (matter.state, matter.handler, matter.phone_masked) == ("handling", official, "138******17")
    again = client.post(reverse("services:matter_receive"), {**sent, "phone": "1386453001", "once": str(uuid.uuid4())})
    assert again.context["form"].errors["phone"] and Matter.objects.count() == 1


@pytest.mark.parametrize("day", ["2099-01-01", "1900-01-01"])
def test_a_slip_in_the_date_is_answered(bureau, official, wages, client, day):
    client.force_login(official)
    sent = {"once": str(uuid.uuid4()), "title": "某事", "kind": wages.pk, "organisation": bureau.pk, "way": "phone"}
    page = client.post(reverse("services:matter_receive"), {**sent, "received_on": day})
    assert page.context["form"].errors["received_on"]
    assert client.post(reverse("services:matter_receive"), {**sent, "due_on": "2099-01-01"}).status_code == 200
    assert Matter.objects.count() == 0


def test_a_refused_step_keeps_what_was_typed(closed, official, client):
    client.force_login(official)
    address = reverse("services:matter_step", args=[closed.pk, "close"])
    page = client.post(address, {"close-outcome": "solved", "close-answer": "第二次办结"})
    assert page.status_code == 409
    page = client.post(reverse("services:matter_step", args=[closed.pk, "reopen"]), {"reopen-note": "还没付"})
    assert page.url == closed.get_absolute_url()
    page = client.post(address, {"close-answer": "只写了答复"})
    assert page.status_code == 422 and "只写了答复" in page.content.decode()
