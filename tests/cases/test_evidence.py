"""A case's figures against the ledger: intervals, proposals, verdicts, what is confirmed and what goes on record."""

import datetime
import json
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from lxml import html

from cases import queues
from cases.actions import case as case_actions
from cases.actions import evidence, review
from cases.evidence import contradictions, figures, intervals, spans, subjects, verdicts
from cases.evidence.series import Series
from cases.models import Case, Claim, ClaimCheck, Verdict
from config.errors import Refused, WrongState
from members.middleware import set_scope
from services.models import Kind
from tests.factories.cases import CaseFactory
from tests.factories.members import OrganisationFactory, UserFactory
from tests.factories.services import ActivityFactory, FigureFactory, KindFactory

State = Case.State


def figure(text):
    (found,) = figures.extract(text)
    return found


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("共16名", 16, 16),
        ("活动30余次", 30, 39),
        ("走访300余家", 300, 399),
        ("问题130余个", 130, 139),
        ("投资4000余万元", 40_000_000, 49_999_999),
        ("补贴2600余万元", 26_000_000, 26_999_999),
        ("经费20万元", 200_000, 200_000),
        ("近100家", 90, 100),
        ("约100家", 90, 110),
        ("超12%", 12, None),
        ("100家以上", 100, None),
        ("不足50人", 0, 50),
        ("3至5次", 3, 5),
    ],
)
def test_the_interval_is_what_the_words_allow(text, low, high):
    found = intervals.interval_of(figure(text))
    assert (found.low, found.high) == (low, None if high is None else high)


KINDS = [
    subjects.KindWords("activity", "volunteering", "snow", "清雪保畅"),
    subjects.KindWords("activity", "volunteering", "exam-escort", "爱心送考"),
    subjects.KindWords("grant", "certificate", "skill-certificate", "职业技能等级证书"),
    subjects.KindWords("venue", "rest", "drivers-home", "司机之家"),
    subjects.KindWords("venue", "service", "service-centre", "党群服务中心"),
    subjects.KindWords("venue", "service", "talk-bar", "畅言吧"),
    subjects.KindWords("matter", "appeal", "loan", "还贷难"),
    subjects.KindWords("pairing", "cooperation", "safety-platform", "安全教育平台合作"),
]
SERIES = [Series("licence-days", "办证时限压减", "%"), Series("depot-money", "场站改造投入", "万元")]


@pytest.mark.parametrize(
    ("text", "key", "filters"),
    [
        ("我们开展爱心送考、清雪保畅等活动12次", "activity.count", {"kind__group": "volunteering"}),
        ("爱心送考之后,清雪保畅8次", "activity.count", {"kind": "snow"}),
        ("全年清雪保畅8次", "activity.count", {"kind": "snow"}),
        ("帮助41名快递员拿到职业技能等级证书", "certificate.count", {"kind": "skill-certificate"}),
        ("建设党群服务中心,打造5处司机之家", "venue.open", {"kind": "drivers-home"}),
        ("数据撞库找到党员7名", "member.hidden_found", {"found_by": "data_match"}),
        ("拨付党建专项经费9万元", "grant.amount", {"kind": "party-fund"}),
        ("在镇里的党群服务中心辟出“畅言吧”7个", "venue.open", {"kind": "talk-bar"}),
        ("司机之家备有标间、淋浴房,房间6个", "venue.rooms", {"kind": "drivers-home"}),
        ("司机之家盖好了。里面淋浴、热饭都有,累计服务90人", "venue.visits", {"kind": "drivers-home"}),
        ("通过数据撞库反复核对,最终确认隐形党员7名", "member.hidden_found", {"found_by": "data_match"}),
        ("在换证、年检等4个窗口张贴报到二维码,党员一扫就行", "checkin.open", {}),
        (
            "推行“三个一”帮扶,先问需求,已化解还贷难、看病难等问题44个",
            "matter.resolved",
            {"pairing__kind": "three-ones"},
        ),
        ("先后化解还贷难、看病难等问题44个", "matter.resolved", {"kind__group": "appeal"}),
        ("与3家安全教育平台签约", "pairing.active", {"kind": "safety-platform"}),
        ("办证的时限压减62%", "figure.value", {"key": "licence-days"}),
        ("场站改造共投入800万元", "figure.value", {"key": "depot-money"}),
    ],
)
def test_the_words_beside_a_figure_propose_what_it_counts(text, key, filters):
    proposal = subjects.propose(text, figure(text), KINDS, SERIES)
    assert (proposal.key, proposal.filters) == (key, filters)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("帮助41名快递员拿到职业技能等级证书,2名优秀共产党员登上光荣榜", ["certificate.count", "honour.count"]),
        ("评选30名“先锋”,现已培树典型10个", [None, "grant.quantity"]),
        ("年内,遴选80辆货车挂红色方向盘、现已加挂60个", [None, "grant.quantity"]),
        ("每月走访慰问1次,为每名司机安排1名党员,全年累计走访慰问9次", [None, None, "activity.count"]),
        ("化解还贷难5件,另有3件正在办", ["matter.resolved", None]),
        ("实行双专员,由1名委员与1名指导员共同服务从业人员", [None, None]),
    ],
)
def test_each_figure_of_a_sentence_is_told_from_its_neighbours(text, found):
    kinds = [*KINDS, subjects.KindWords("activity", "care", "condolence", "走访慰问")]

    proposals = [subjects.propose(text, each, kinds, SERIES) for each in figures.extract(text)]

    assert [each and each.key for each in proposals] == found


@pytest.mark.parametrize(
    ("before", "period"),
    [
        ("全市共有司机", "since:2025-11-20..2026-11-20"),
        ("2025年以来走访", "2025"),
        ("二季度发放", "2026Q2"),
        ("2025年第四季度发放", "2025Q4"),
        ("上半年走访", "since:2026-01-01..2026-06-30"),
        ("12月份走访", "2025-12"),
        ("今年1至10月走访", "since:2026-01-01..2026-10-31"),
        ("截至2026年9月底,登记", "asof:2026-09-30"),
        ("2026年3月5日走访", "2026"),
    ],
)
def test_the_sentence_proposes_over_which_days_it_counts(before, period):
    assert spans.proposed(before, "", datetime.date(2026, 11, 20)) == period


@pytest.mark.django_db
def test_an_outside_figure_kept_in_ten_thousands_is_compared_in_them(editor):
    unit = OrganisationFactory(parent=editor.organisation)
    set_scope(["*"])
    FigureFactory(
        organisation=unit,
        key="depot-money",
        label="场站改造投入",
        value=800,
        unit="万元",
        from_on=timezone.localdate(),
        issued_on=timezone.localdate(),
        to_on=timezone.localdate(),
    )
    made = CaseFactory(organisation=unit, state=State.READY, title="场站", body="场站改造共投入800余万元。")

    (line,) = lines(made)

    assert (line.binding.filters, line.verdict) == ({"key": "depot-money"}, Verdict.EXTERNAL)
    assert line.interval.low == 800
    assert 899 < line.interval.high < 900


def test_what_is_planned_is_not_taken_for_what_was_done():
    assert subjects.propose("今年计划清雪保畅20次", figure("今年计划清雪保畅20次"), KINDS) is None


def test_words_that_say_nothing_propose_nothing():
    assert subjects.propose("桌上有3个苹果", figure("桌上有3个苹果"), KINDS) is None


@pytest.fixture
def editor():
    return UserFactory(role="editor", name="张编辑")


@pytest.fixture
def case(editor):
    KindFactory(code="test-snow", domain="activity", group="volunteering", label="扫雪护路")
    unit = OrganisationFactory(parent=editor.organisation)
    body = "去年我们扫雪护路3次,群众都说好。\n办公室里有5张桌子。"
    return CaseFactory(organisation=unit, state=State.READY, title="雪", body=body)


def snow(case, times):
    kind = Kind.objects.get(code="test-snow")
    for _ in range(times):
        ActivityFactory(kind=kind, organisation=case.organisation, happened_on=timezone.localdate())


def lines(case):
    return verdicts.lines_of(case, case.current_revision)


def confirm(case, by, line=None):
    line = line or lines(case)[0]
    binding = line.binding
    return evidence.confirm(
        case=case, context=line.context, key=binding.key, filters=binding.filters, organisation=binding.organisation,
        period=binding.period, by=by,
    )  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("done", "verdict", "away"),
    [(0, Verdict.NO_RECORD, 0), (3, Verdict.MATCHES, 0), (5, Verdict.DIFFERS, 2), (1, Verdict.DIFFERS, 2)],
)
def test_the_verdict_says_by_how_much_a_figure_differs(case, done, verdict, away):
    snow(case, done)
    first, second = lines(case)
    assert (first.verdict, first.difference) == (verdict, Decimal(away))
    assert second.binding is None


@pytest.mark.django_db
def test_a_claim_stays_with_the_figure_until_the_figure_changes(case, editor):
    confirm(case, editor)
    first, second = lines(case)
    assert first.is_confirmed
    assert not second.is_confirmed
    longer = "开头多了一段。\n" + case.current_revision.body
    assert verdicts.lines_of(case, type(case.current_revision)(body=longer))[0].is_confirmed
    changed = case.current_revision.body.replace("3次", "4次")
    assert not verdicts.lines_of(case, type(case.current_revision)(body=changed))[0].is_confirmed


@pytest.mark.django_db
def test_a_figure_that_went_away_cannot_be_confirmed(case, editor):
    line = lines(case)[0]
    line.context = "别处【9次】没有"
    with pytest.raises(WrongState):
        confirm(case, editor, line)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [{"key": "no.such"}, {"filters": {"colour": "red"}}, {"period": "昨天"}],
    ids=lambda change: next(iter(change)),
)
def test_what_the_registry_does_not_know_is_refused(case, editor, change):
    line = lines(case)[0]
    binding = line.binding
    values = {"key": binding.key, "filters": binding.filters, "organisation": binding.organisation, "period": "2026"}
    with pytest.raises(Refused):
        evidence.confirm(case=case, context=line.context, by=editor, **(values | change))
    assert not Claim.objects.exists()


@pytest.mark.django_db
def test_somebody_elses_official_may_not_check(case):
    with pytest.raises(WrongState):
        confirm(case, UserFactory(role="official", organisation=OrganisationFactory()))


@pytest.mark.django_db
def test_two_figures_of_one_thing_contradict_each_other(editor):
    KindFactory(code="test-snow", domain="activity", group="volunteering", label="扫雪护路")
    unit = OrganisationFactory(parent=editor.organisation)
    case = CaseFactory(organisation=unit, state=State.READY, body="去年我们扫雪护路3次。\n后来统计,全年扫雪护路8次。")
    assert contradictions.within(lines(case)) == []
    for line in lines(case):
        confirm(case, editor, line)
    (found,) = contradictions.within(lines(case))
    assert (found.first.figure.mention, found.second.figure.mention) == ("3次", "8次")


@pytest.mark.django_db
def test_a_case_waits_among_figures_to_check_until_each_was_looked_at(case, editor):
    Case.objects.filter(pk=case.pk).update(state=State.FIRST_REVIEW)
    waiting = queues.rows(queues.BY_NAME["figures"], editor)
    assert waiting.get().figures_unchecked == 1  # five tables are nothing the ledger counts

    kept = case_actions.locked(case.pk)
    case_actions.append(kept, title=kept.title, body="去年扫雪护路3次。\n后来扫雪护路8次。", by=editor, source="edit")
    first, second = lines(kept)
    assert waiting.get().figures_unchecked == 2

    confirm(kept, editor, first)
    assert waiting.get().figures_unchecked == 1
    evidence.set_aside(case=kept, context=second.context, by=editor)
    assert not waiting.exists()


@pytest.mark.django_db
def test_what_the_ledger_said_goes_on_record(case, editor):
    snow(case, 3)
    confirm(case, editor)
    assert evidence.record(case=case, by=editor) == 1
    check = ClaimCheck.objects.get()
    assert (check.value, check.low, check.high, check.verdict) == (3, 3, 3, Verdict.MATCHES)
    assert check.revision == case.current_revision


@pytest.mark.django_db
def test_the_command_prints_a_line_a_figure(case):
    snow(case, 5)
    out = StringIO()
    call_command("evidence", case.number, "--json", stdout=out)
    first, second = [json.loads(line) for line in out.getvalue().splitlines()]
    assert first["mention"] == "3次"
    assert (first["low"], first["high"], first["value"], first["indicator"]) == (3, 3, 5, "activity.count")
    assert first["verdict"] == "不符（差 2）"
    assert (second["indicator"], second["verdict"]) == (None, None)
    asked = ["mention", "start", "end", "low", "high", "indicator", "scope", "period", "value", "verdict"]
    assert [list(first), list(second)] == [asked, asked]
    assert first["scope"] == case.organisation.code
    assert case.current_revision.body[first["start"] : first["end"]] == "3次"


@pytest.mark.django_db
def test_the_strip_confirms_with_one_click(client, case, editor):
    snow(case, 3)
    client.force_login(editor)
    address = reverse("cases:evidence_page", args=[case.pk])
    page = html.document_fromstring(client.get(address).content.decode())
    (form,) = [form for form in page.forms if form.action.endswith("/bind/")]
    assert client.post(form.action, dict(form.form_values())).status_code == 302
    claim = Claim.objects.get()
    assert (claim.indicator, claim.filters, claim.confirmed_by) == ("activity.count", {"kind": "test-snow"}, editor)
    assert "张编辑" in client.get(address).content.decode()


@pytest.mark.django_db
def test_a_period_that_cannot_be_read_comes_back_with_what_was_chosen(client, case, editor):
    client.force_login(editor)
    line = lines(case)[0]
    data = {
        "context": line.context,
        "what": line.binding.written,
        "organisation": case.organisation_id,
        "period": "去年",
    }
    response = client.post(reverse("cases:evidence_bind", args=[case.pk]), data)
    assert response.status_code == 422
    assert 'value="去年"' in response.content.decode()


@pytest.mark.django_db
def test_the_rows_open_only_for_those_who_read_the_ledger(client, case, editor):
    snow(case, 3)
    address = reverse("cases:evidence_page", args=[case.pk])
    client.force_login(editor)
    assert "/figures/activity.count/" not in client.get(address).content.decode()
    client.force_login(UserFactory(role="overseer", organisation=editor.organisation))
    assert "/figures/activity.count/" in client.get(address).content.decode()


@pytest.mark.django_db
def test_more_figures_of_the_same_thing_cost_no_more_queries(case, django_assert_max_num_queries):
    case.current_revision.body = "\n".join(f"去年第{number}段,扫雪护路3次。" for number in range(200))
    with django_assert_max_num_queries(12):
        found = lines(case)
        labels = {line.binding.label for line in found}
    assert (len(found), len(labels)) == (200, 1)
    assert labels.pop().endswith("扫雪护路")


@pytest.mark.django_db
def test_readers_see_how_many_figures_agree_and_what_that_means(client, case, editor):
    snow(case, 3)
    confirm(case, editor)
    review.decide(case=case, kind="publish", by=UserFactory(role="chief_editor", organisation=editor.organisation),
                  revision=case.current_revision)  # fmt: skip
    page = client.get(reverse("cases:library_detail", args=[case.library_entry.slug])).content.decode()
    assert "数据已核 1 处" in page
    assert reverse("cases:evidence_about") in page
    assert client.get(reverse("cases:evidence_about")).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("key", "filters", "words"),
    [
        ("member.hidden_found", {"found_by": "enterprise_visit"}, "走访企业"),
        ("alliance.units", {"form": "conference"}, "联席会议"),
        ("criterion.count", {"subject": "branch"}, "党支部"),
        ("figure.value", {"key": "depot-money"}, "场站改造投入"),
    ],
)
def test_what_a_figure_stands_for_is_said_in_words_not_codes(editor, key, filters, words):
    set_scope(["*"])
    FigureFactory(organisation=editor.organisation, key="depot-money", label="场站改造投入")

    label = verdicts.Binding(key, filters, editor.organisation, "2026").label

    assert label.endswith(f" · {words}")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "key"),
    [
        ("办证的场站改造共投入800万元。", "figure.value"),
        ("通过数据撞库找到党员7名。", "member.hidden_found"),
        ("二季度发放大礼包4类。", "grant.kinds"),
        ("评优时,20条考评细则逐条过。", "criterion.count"),
    ],
)
def test_whatever_is_proposed_can_be_confirmed_by_its_click(client, editor, body, key):
    unit = OrganisationFactory(parent=editor.organisation)
    set_scope(["*"])
    FigureFactory(organisation=unit, key="depot-money", label="场站改造投入", unit="万元")
    made = CaseFactory(organisation=unit, state=State.READY, title="题", body=body)
    client.force_login(editor)
    page = html.fromstring(client.get(reverse("cases:evidence_page", args=[made.pk])).content)

    (form,) = [form for form in page.forms if form.action.endswith("/figures/bind/")]
    sent = client.post(
        form.action, {name: value for name, value in form.form_values() if name != "csrfmiddlewaretoken"}
    )

    assert sent.status_code == 302
    assert Claim.objects.get(case=made).indicator == key
    assert (
        client.get(reverse("cases:evidence_bind", args=[made.pk]), {"place": form.fields["context"]}).status_code == 200
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    "what",
    [
        '["figure.value", {"nothing": "x"}]',
        '["no.such", {}]',
        "[1]",
        "{}",
        '["a", 3]',
        "x",
        '["grant.quantity", {"kind": {"a": 1}}]',
    ],
)
def test_what_the_registry_does_not_take_is_no_choice(client, case, editor, what):
    line = lines(case)[0]
    asked = {"context": line.context, "what": what, "organisation": case.organisation_id, "period": "2025"}
    client.force_login(editor)

    sent = client.post(reverse("cases:evidence_bind", args=[case.pk]), asked)

    assert sent.status_code == 422
    assert not Claim.objects.exists()
