"""A case drafted from the ledger: fields in a text, rounded forms, offers, freezing, and what evidence says after."""

import datetime
from decimal import Decimal

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from cases.actions import evidence, outline_submit
from cases.actions import outline as actions
from cases.evidence import figures, intervals, verdicts
from cases.models import Case, Claim, Outline, Verdict
from cases.outline import fields, phrasing, rendering, rounding
from cases.outline.offers import offers, prompts
from config.errors import Conflict, Refused, WrongState
from config.uploads import storage
from members.middleware import set_scope
from members.models import AuditEvent
from services.indicators import periods, registry
from services.indicators.registry import Scope
from tests.factories.cases import small_jpeg
from tests.factories.members import CheckInPointFactory, OrganisationFactory, UserFactory
from tests.factories.services import ActivityFactory, FigureFactory, GrantFactory, KindFactory, PhotoFactory

TODAY = datetime.date(2026, 6, 20)


# Pure


def test_a_field_is_its_number_whatever_stands_behind_it():
    text = "前 {{3 走访 · 2026年}} 后｛｛ 12｝｝完"
    assert [(piece.text, piece.number) for piece in fields.pieces(text)] == [
        ("前 ", None),
        ("{{3 走访 · 2026年}}", 3),
        (" 后", None),
        ("｛｛ 12｝｝", 12),
        ("完", None),
    ]
    assert fields.relabelled(text, {3: "入户 走访"}) == "前 {{3 入户 走访}} 后｛｛ 12｝｝完"


@pytest.mark.parametrize(
    ("text", "is_broken"),
    [
        ("走访{{3}}次", False),
        ("走访{{3次", True),
        ("走访3}}次", True),
        ("{{}}", True),
        ("{单括号}", False),
        ("{{x}}", True),
    ],
)
def test_torn_braces_are_noticed(text, is_broken):
    assert fields.is_broken(text) is is_broken


def test_a_sentence_goes_out_as_it_came_and_stays_once_it_was_changed():
    text = "第一句。\n走访{{1}}。第三句。"
    assert fields.without_sentence(text, "走访{{1}}。") == "第一句。\n第三句。"
    assert fields.without_sentence("走访了{{1}}。", "走访{{1}}。") is None


def test_sentences_of_the_same_days_are_joined_and_each_goes_out_alone():
    first, second, third = "2026年以来，走访{{1}}。", "2026年以来，慰问{{2}}。", "截至目前，建成驿站{{3}}。"
    text = fields.joined([first, second, third])
    assert text == "2026年以来，走访{{1}}；慰问{{2}}。截至目前，建成驿站{{3}}。"
    assert fields.without_sentence(text, first) == "2026年以来，慰问{{2}}。截至目前，建成驿站{{3}}。"
    assert fields.without_sentence(text, second) == "2026年以来，走访{{1}}。截至目前，建成驿站{{3}}。"
    assert fields.without_sentence(text, third) == "2026年以来，走访{{1}}；慰问{{2}}。"


@pytest.mark.parametrize(
    ("value", "unit", "forms"),
    [
        (7, "次", ["7次"]),
        (34, "次", ["34次", "30余次", "超过30次"]),
        (30, "次", ["30次"]),
        (38, "次", ["38次", "30余次", "近40次", "超过30次"]),
        (326, "家", ["326家", "300余家", "320余家", "超过300家"]),
        (1326, "人次", ["1326人次", "1000余人次", "1300余人次", "超过1000人次"]),
        (Decimal("87.5"), "%", ["87.5%", "近90%", "超过87%"]),
        (26_400_000, "元", ["2640万元", "2000余万元", "2600余万元", "超过2000万元"]),
        (263_512, "元", ["263512元", "20余万元", "26余万元", "超过20万元"]),
    ],
)
def test_a_number_is_offered_in_the_forms_that_are_true_of_it(value, unit, forms):
    assert [text for _shape, text in rounding.offered(value, unit)] == forms


@pytest.mark.parametrize("unit", ["次", "家", "人次", "元", "%", "名", "个窗口", "平方米"])
def test_every_form_offered_is_read_back_as_holding_the_number(unit):
    for value in [*range(1, 400), 999, 1000, 1001, 9_999, 10_050, 123_456, 26_400_000, 99_999_999]:
        for shape, text in rounding.offered(value, unit):
            (found,) = figures.extract(f"共{text}。")
            assert intervals.interval_of(found).distance(Decimal(value)) == 0, (value, shape, text)


def test_a_form_that_is_not_true_any_more_gives_way_to_the_exact_number():
    assert rounding.written(300, "家", "leading") == "300家"


@pytest.mark.parametrize(
    ("text", "during", "as_of", "settled"),
    [
        ("2024", "2024年", "截至2024年底", "2024"),
        ("2026", "2026年以来", "截至目前", "since:2026-01-01..2026-06-20"),
        ("2026Q1", "2026年第一季度", "截至2026年3月底", "2026Q1"),
        ("2026Q2", "2026年第二季度以来", "截至目前", "since:2026-04-01..2026-06-20"),
        ("2026-05", "2026年5月", "截至2026年5月底", "2026-05"),
        ("since:2022-03-01", "2022年3月以来", "截至目前", "since:2022-03-01..2026-06-20"),
        ("since:2022-03-05..2024-12-31", "2022年3月5日至2024年12月", "截至2024年底", "since:2022-03-05..2024-12-31"),
        ("asof:2022-05-20", "截至2022年5月20日", "截至2022年5月20日", "asof:2022-05-20"),
    ],
)
def test_a_period_is_said_as_an_office_says_it(text, during, as_of, settled):
    period = periods.parse(text, TODAY)
    assert (phrasing.during(period), phrasing.as_of(period), phrasing.settled(period)) == (during, as_of, settled)


def test_every_sentence_of_the_table_can_be_filled():
    for prompt in prompts():
        indicator = registry.get(prompt.key)
        assert prompt.section in rendering.HEADINGS
        assert prompt.sentence.count("{n}") == 1
        assert prompt.sentence.endswith("。")
        assert not prompt.split or prompt.split in indicator.params


# With the ledger


@pytest.fixture(autouse=True)
def clock(settings, tmp_path):
    with time_machine.travel(datetime.datetime(2026, 6, 20, 10, tzinfo=datetime.UTC), tick=False):
        yield


@pytest.fixture
def official(db):
    user = UserFactory(role="official", organisation__name="沂河县交通运输局")
    set_scope([user.organisation.path])
    return user


def visits(official, number, day=TODAY, **more):
    kind = more.pop("kind", None) or KindFactory(group="care", label="走访慰问")
    for _each in range(number):
        ActivityFactory(organisation=official.organisation, logged_by=official, kind=kind, happened_on=day, **more)
    return kind


def offered(official, period="2026"):
    return offers(Scope(official.organisation), periods.parse(period, TODAY))


def begun(official, *labels, period="2026"):
    outline = actions.begin(organisation=official.organisation, period=period, by=official)
    found = offered(official, period)
    chosen = [offer.identity for offer in found if offer.label.startswith(labels)]
    actions.choose(outline=outline, offers=found, chosen=chosen, by=official)
    outline.refresh_from_db()
    return outline


def saved(outline, official, **texts):
    actions.save(
        outline=outline,
        title=texts.pop("title", "走访暖人心"),
        texts=outline.texts | texts,
        shapes=texts.pop("shapes", {}),
        seen=outline.version,
        by=official,
    )
    outline.refresh_from_db()
    return outline


def test_only_what_is_not_zero_is_offered(official):
    kind = visits(official, 3)
    visits(official, 2, day=datetime.date(2025, 5, 1), kind=kind)

    found = {offer.label: offer.number for offer in offered(official)}

    assert found["走访慰问 活动次数"] == "3次"
    assert all(not number.startswith("0") for number in found.values())
    assert offered(official, "2019") == []


def test_kinds_of_one_group_are_gathered_as_write_ups_gather_them(official):
    for label, number in (("应急支援", 3), ("爱心送考", 2), ("清雪保畅", 1), ("文明创建", 1)):
        visits(official, number, kind=KindFactory(group="volunteering", label=label))

    (offer,) = [each for each in offered(official) if each.key == "activity.count"]

    assert offer.filters == {"kind__group": "volunteering"}
    assert offer.sentence == "2026年以来，开展应急支援、爱心送考、清雪保畅等志愿服务与应急活动{n}。"
    assert offer.number == "7次"


def test_every_offer_is_the_number_the_registry_gives(official):
    visits(official, 4)
    GrantFactory(organisation=official.organisation, logged_by=official, quantity=12, given_on=TODAY)
    FigureFactory(organisation=official.organisation, logged_by=official, from_on=TODAY, to_on=TODAY, issued_on=TODAY)

    for offer in offered(official):
        reading = registry.read(offer.key, Scope(official.organisation), periods.parse("2026", TODAY), **offer.filters)
        assert Decimal(reading.value) == offer.value, offer.label


def test_offers_cost_the_same_for_one_row_and_for_many(official):
    kind = visits(official, 1)
    with CaptureQueriesContext(connection) as few:
        offered(official)
    visits(official, 20, kind=kind)
    with CaptureQueriesContext(connection) as many:
        offered(official)
    assert len(many) == len(few)


def test_choosing_puts_sentences_into_their_parts_and_takes_them_out_again(official):
    visits(official, 3)
    outline = begun(official, "走访慰问")
    assert outline.practice == "2026年以来，开展走访慰问{{1 走访慰问 活动次数}}。"

    actions.choose(outline=outline, offers=offered(official), chosen=[], by=official)

    outline.refresh_from_db()
    assert outline.practice == ""
    assert outline.fields.count() == 0


def test_a_figure_in_a_changed_sentence_stays_and_is_named(official):
    visits(official, 3)
    outline = begun(official, "走访慰问")
    saved(outline, official, practice="我们走访{{1}}，群众说好。")

    kept = actions.choose(outline=outline, offers=offered(official), chosen=[], by=official)

    outline.refresh_from_db()
    assert kept == ["走访慰问 活动次数"]
    assert outline.practice == "我们走访{{1 走访慰问 活动次数}}，群众说好。"


def test_the_number_follows_the_ledger_until_the_draft_is_sent_in(official):
    kind = visits(official, 3)
    outline = begun(official, "走访慰问")
    assert "走访慰问3次" in rendering.read(outline).parts[1].text

    visits(official, 2, kind=kind)

    assert "走访慰问5次" in rendering.read(outline).parts[1].text


def test_a_number_typed_by_hand_is_told_from_the_ledgers(official):
    visits(official, 3)
    outline = begun(official)
    saved(outline, official, practice="走访3次，捐款8000元，还有{{9}}。")

    draft = rendering.read(outline, offered(official))

    spans = [(span.text, span.sort) for span in draft.parts[1].spans if span.sort != "text"]
    assert spans == [("3次", "same"), ("8000元", "typed"), ("{{9}}", "missing")]
    assert draft.counts == {"field": 0, "missing": 1, "typed": 1, "same": 1}
    assert draft.problems


def test_a_typed_number_can_be_bound(official):
    visits(official, 3)
    outline = saved(begun(official), official, practice="今年走访3次。")
    (span,) = [span for span in rendering.read(outline, offered(official)).parts[1].spans if span.sort == "same"]
    where = {"section": "practice", "start": span.start, "end": span.end, "mention": span.text}

    actions.bind(outline=outline, offer=span.offer, seen=outline.version, by=official, **where)

    outline.refresh_from_db()
    assert outline.practice == "今年走访{{1 走访慰问 活动次数}}。"
    with pytest.raises(Conflict):
        actions.bind(outline=outline, offer=span.offer, seen=outline.version, by=official, **where)


def test_sent_in_it_is_a_case_whose_figures_agree_at_once(official, django_capture_on_commit_callbacks):
    visits(official, 34)
    GrantFactory(
        organisation=official.organisation,
        logged_by=official,
        quantity=400,
        given_on=TODAY,
        kind=KindFactory(domain="grant", group="goods", label="关爱大礼包"),
    )
    outline = begun(official, "走访慰问", "关爱大礼包")
    number = outline.fields.get(label__startswith="走访").number
    actions.save(
        outline=outline,
        title="走访暖人心",
        texts=outline.texts | {"background": "司机常年在外。"},
        shapes={number: "leading"},
        seen=outline.version,
        by=official,
    )
    outline.refresh_from_db()

    case = outline_submit.submit(outline=outline, by=official, seen=outline.version, contributor_name="王通讯")

    assert case.state == Case.State.RECEIVED
    assert case.title == "走访暖人心"
    assert case.current_revision.body == (
        "一、背景\n司机常年在外。\n二、做法\n2026年以来，开展走访慰问30余次。\n三、成效\n2026年以来，发放关爱大礼包400份。"
    )
    lines = verdicts.lines_of(case, case.current_revision)
    assert [(line.figure.mention, line.verdict) for line in lines] == [
        ("30余次", Verdict.MATCHES),
        ("400份", Verdict.MATCHES),
    ]
    assert all(line.claim.is_drafted for line in lines)
    assert {claim.period for claim in case.claims.all()} == {"since:2026-01-01..2026-06-20"}
    assert case.intakes.get().door == "ledger"
    outline.refresh_from_db()
    assert outline.case == case
    assert AuditEvent.objects.filter(event="outline.submit").count() == 1


def test_a_unit_of_several_words_is_bound_too(official):
    CheckInPointFactory(
        organisation=official.organisation, opened_at=datetime.datetime(2026, 2, 1, tzinfo=datetime.UTC)
    )
    outline = saved(begun(official, "设有二维码的窗口"), official)

    case = outline_submit.submit(outline=outline, by=official, seen=outline.version)

    (line,) = verdicts.lines_of(case, case.current_revision)
    assert (line.figure.mention, line.verdict) == ("1个", Verdict.MATCHES)


def test_later_days_leave_it_true_and_a_late_entry_shows(official):
    kind = visits(official, 3)
    case = sent_in(official)
    with time_machine.travel(datetime.datetime(2026, 8, 1, 10, tzinfo=datetime.UTC), tick=False):
        visits(official, 5, day=datetime.date(2026, 7, 20), kind=kind)
        (line,) = verdicts.lines_of(case, case.current_revision)
        assert line.verdict == Verdict.MATCHES

        visits(official, 2, day=datetime.date(2026, 6, 1), kind=kind)
        (line,) = verdicts.lines_of(case, case.current_revision)
        assert (line.verdict, line.difference) == (Verdict.DIFFERS, 2)


def sent_in(official):
    outline = saved(begun(official, "走访慰问"), official)
    return outline_submit.submit(outline=outline, by=official, seen=outline.version)


def test_it_is_sent_in_once(official):
    visits(official, 3)
    outline = saved(begun(official, "走访慰问"), official)
    outline_submit.submit(outline=outline, by=official, seen=outline.version)

    with pytest.raises(WrongState):
        outline_submit.submit(outline=outline, by=official, seen=outline.version)
    assert Case.objects.count() == 1


@pytest.mark.parametrize(
    "texts", [{"title": ""}, {"practice": ""}, {"practice": "走访{{1}}，{{7}}。"}, {"practice": "走访{{1}}，{{。"}]
)
def test_an_unfinished_draft_is_refused_and_stays(official, texts):
    visits(official, 3)
    outline = saved(begun(official, "走访慰问"), official, **texts)

    with pytest.raises(Refused), transaction.atomic():
        outline_submit.submit(outline=outline, by=official, seen=outline.version)

    assert Case.objects.count() == 0
    assert Outline.objects.get().case is None


def test_two_writers_never_write_over_each_other(official):
    outline = begun(official)
    saved(outline, official, background="甲写的")
    stale = Outline.objects.get()
    saved(outline, official, background="乙写的")

    with pytest.raises(Conflict):
        actions.save(outline=stale, title="", texts=stale.texts, shapes={}, seen=stale.version, by=official)
    assert Outline.objects.get().background == "乙写的"


def test_photos_are_copied_into_the_case_and_stay_in_the_ledger(official, photo_of_ledger):
    visits(official, 3)
    outline = saved(begun(official, "走访慰问"), official)
    actions.choose_photos(outline=outline, chosen=[(photo_of_ledger, "志愿者清雪")], by=official)
    outline.refresh_from_db()

    case = outline_submit.submit(outline=outline, by=official, seen=outline.version)

    (photo,) = case.photos.all()
    assert photo.caption == "志愿者清雪"
    assert photo.sha256 == photo_of_ledger.sha256
    photo_of_ledger.refresh_from_db()
    assert photo_of_ledger.removed_at is None


@pytest.fixture
def photo_of_ledger(official):
    return PhotoFactory(
        activity=ActivityFactory(organisation=official.organisation, logged_by=official),
        large_sha256=storage.keep(small_jpeg(), storage.PICTURES),
        added_by=official,
    )


def test_a_photo_without_a_caption_holds_it_back(official, photo_of_ledger):
    visits(official, 3)
    outline = saved(begun(official, "走访慰问"), official)
    actions.choose_photos(outline=outline, chosen=[(photo_of_ledger, " ")], by=official)
    outline.refresh_from_db()

    with pytest.raises(Refused), transaction.atomic():
        outline_submit.submit(outline=outline, by=official, seen=outline.version)


def test_a_draft_thrown_away_leaves_nothing_but_its_trace(official, photo_of_ledger):
    visits(official, 3)
    outline = begun(official, "走访慰问")
    actions.choose_photos(outline=outline, chosen=[(photo_of_ledger, "清雪")], by=official)

    actions.discard(outline=outline, by=official)

    assert Outline.objects.count() == 0
    assert AuditEvent.objects.filter(event="outline.discard").exists()
    with pytest.raises(WrongState):
        actions.discard(outline=outline, by=official)


def test_rebinding_a_drafted_figure_is_a_persons_word(official):
    visits(official, 3)
    case = sent_in(official)
    (line,) = verdicts.lines_of(case, case.current_revision)

    evidence.set_aside(case=case, context=line.context, by=official)

    assert not Claim.objects.get().is_drafted


def test_nobody_drafts_for_another_county(official):
    with pytest.raises(Refused):
        actions.begin(organisation=OrganisationFactory(), period="2026", by=official)


def test_the_database_hides_other_counties_drafts(official):
    outline = begun(official)
    with transaction.atomic():
        set_scope([OrganisationFactory().path])
        assert not Outline.objects.filter(pk=outline.pk).exists()
