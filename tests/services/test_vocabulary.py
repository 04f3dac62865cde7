"""The ledger's words on the data desk: kinds and sentences, their use, merging kinds and venues, words replaced."""

import datetime
import re

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config.errors import Refused
from members.actions.merge import references
from members.middleware import set_scope
from members.models import AuditEvent, ImportBatch, Merge, Organisation
from services.actions import kind as action
from services.actions import merge_kind, merge_venue, wording
from services.models import Activity, Kind, Phrase, Target, Venue
from services.queries import named, vocabulary
from tests.factories.members import ImportBatchFactory, OrganisationFactory, UserFactory
from tests.factories.services import (
    ActivityFactory,
    DutyFactory,
    GrantFactory,
    KindFactory,
    PairingFactory,
    TargetFactory,
    VenueFactory,
)

pytestmark = pytest.mark.django_db
TODAY = datetime.date(2024, 11, 20)


@pytest.fixture
def root():
    return OrganisationFactory(name="全省")


@pytest.fixture
def county(root):
    return OrganisationFactory(name="甲县交通运输局", parent=root, region=root.region)


@pytest.fixture
def steward(root):
    found = UserFactory(organisation=root, role="steward")
    set_scope([root.path])
    return found


@pytest.fixture
def county_steward(county):
    found = UserFactory(organisation=county, role="steward")
    set_scope([county.path])
    return found


def events():
    found = AuditEvent.objects.order_by("number").values_list("event", flat=True)
    return [event for event in found if event.split(".")[0] in {"kind", "phrase", "venue"}]


# Kinds


def test_a_county_adds_kinds_of_its_own_and_leaves_the_houses_alone(county_steward, county):
    house = KindFactory()

    own = action.add(domain="activity", group="care", label="冬日送暖", organisation=county, by=county_steward)
    action.change(kind=own, label="冬日送温暖", by=county_steward)

    for change in (
        lambda: action.change(kind=house, label="别的", by=county_steward),
        lambda: action.retire(kind=house, by=county_steward),
        lambda: action.add(domain="activity", group="care", label="新类", organisation=None, by=county_steward),
    ):
        with pytest.raises(Refused) as refused:
            change()
        assert refused.value.code == "whole_house"
    assert Kind.objects.get(pk=own.pk).label == "冬日送温暖"
    assert events() == ["kind.add", "kind.change"]


def test_a_name_there_is_already_is_refused(steward):
    KindFactory(label="走访慰问")

    with pytest.raises(Refused) as refused:
        action.add(domain="activity", group="care", label="走访慰问", organisation=None, by=steward)

    assert refused.value.code == "taken"


def test_a_kind_is_retired_and_restored_but_not_while_a_duty_needs_it(steward):
    kind, needed = KindFactory(), KindFactory()
    DutyFactory(pairing_kind=None, body_kind="party_branch", proof="activity", proof_kind=needed)

    action.retire(kind=kind, by=steward)
    retired = Kind.objects.in_use().filter(pk=kind.pk).exists()
    action.restore(kind=kind, by=steward)

    with pytest.raises(Refused) as refused:
        action.retire(kind=needed, by=steward)
    assert refused.value.code == "owed"
    assert (retired, Kind.objects.in_use().filter(pk=kind.pk).exists()) == (False, True)
    assert events() == ["kind.retire", "kind.restore"]


def test_use_is_counted_within_the_scope_and_what_was_taken_back_is_not(steward, county):
    kind, grants = KindFactory(), KindFactory(domain="grant", group="goods")
    ActivityFactory(kind=kind, organisation=county, happened_on=datetime.date(2024, 2, 1))
    ActivityFactory(kind=kind, organisation=county, happened_on=datetime.date(2024, 5, 1))
    ActivityFactory(kind=kind)
    GrantFactory(kind=grants, organisation=county, given_on=datetime.date(2024, 3, 1))
    void = ActivityFactory(kind=kind, organisation=county, happened_on=datetime.date(2024, 6, 1))
    Activity.objects.filter(pk=void.pk).update(voided_at=void.logged_at, voided_by=steward, void_reason="mistake")

    found = vocabulary.with_uses(Kind.objects.order_by("pk"), steward)

    assert [(row.uses, row.last_used_on) for row in found] == [
        (2, datetime.date(2024, 5, 1)),
        (1, datetime.date(2024, 3, 1)),
    ]


def test_what_two_quarters_have_not_used_is_suggested(steward, county):
    assert vocabulary.cutoff(TODAY) == datetime.date(2024, 4, 1)
    assert vocabulary.cutoff(datetime.date(2024, 2, 1)) == datetime.date(2023, 7, 1)
    old, recent, never, retired = (KindFactory(label=f"第{n}种") for n in range(4))
    Kind.objects.filter(pk=retired.pk).update(retired_on=TODAY)
    rows = vocabulary.with_uses(Kind.objects.order_by("pk"), steward)
    ActivityFactory(kind=recent, organisation=county, happened_on=datetime.date(2024, 4, 1))
    assert list(vocabulary.unused(rows, steward, TODAY)) == []  # the ledger is too young to tell

    ActivityFactory(kind=old, organisation=county, happened_on=datetime.date(2024, 3, 31))
    new = action.add(domain="activity", group="care", label="新加", organisation=county, by=steward)

    assert list(vocabulary.unused(rows, steward, TODAY)) == [old, never]
    later = AuditEvent.objects.get(event="kind.add").at.date() + datetime.timedelta(days=400)
    assert list(vocabulary.unused(rows, steward, later)) == [old, recent, never, new]


def test_sentences_are_written_changed_and_dropped(steward, county):
    kind = KindFactory()

    phrase = action.write_phrase(kind=kind, text="上门看望。", position=1, organisation=county, by=steward)
    action.write_phrase(kind=kind, text="上门看望司机。", position=1, organisation=county, by=steward, phrase=phrase)
    texts = list(Phrase.objects.values_list("text", flat=True))
    action.drop_phrase(phrase=phrase, by=steward)

    assert (texts, Phrase.objects.count()) == (["上门看望司机。"], 0)
    assert events() == ["phrase.add", "phrase.change", "phrase.drop"]


# Merging


def test_kinds_merge_with_everything_that_has_them_and_come_apart_again(steward, county):
    kept, absorbed = KindFactory(label="走访"), KindFactory(label="走访慰问")
    own, moved = (ActivityFactory(kind=kind, organisation=county) for kind in (kept, absorbed))
    target = TargetFactory(organisation=county, indicator="activity.count", filters={"kind": absorbed.code})

    counts = {count.label: count.rows for count in merge_kind.preview(absorbed=absorbed)}
    done = merge_kind.merge(kept=kept, absorbed=absorbed, by=steward)

    assert counts == {"活动": 1}
    assert set(Activity.objects.values_list("kind", flat=True)) == {kept.pk}
    assert Kind.objects.get(pk=absorbed.pk).retired_on is not None
    assert Target.objects.get(pk=target.pk).filters == {"kind": kept.code}

    later = ActivityFactory(kind=kept, organisation=county)
    merge_kind.undo(merge=done, by=steward)

    found = dict(Activity.objects.values_list("pk", "kind"))
    assert found == {own.pk: kept.pk, moved.pk: absorbed.pk, later.pk: kept.pk}
    assert Kind.objects.get(pk=absorbed.pk).retired_on is None
    assert Target.objects.get(pk=target.pk).filters == {"kind": absorbed.code}
    assert events() == ["kind.merge", "kind.unmerge"]
    with pytest.raises(Refused):
        merge_kind.undo(merge=done, by=steward)


def test_a_workbook_still_finds_a_kind_that_was_merged(steward):
    kept, absorbed, third = KindFactory(label="走访"), KindFactory(label="走访慰问"), KindFactory(label="看望")
    merge_kind.merge(kept=absorbed, absorbed=third, by=steward)
    merge_kind.merge(kept=kept, absorbed=absorbed, by=steward)

    names = named.load(steward, "activity", {})

    assert [names.called("kind", text)[0].pk for text in ("走访", "走访慰问", "看望")] == [kept.pk] * 3


@pytest.mark.parametrize(
    ("values", "code"), [({"domain": "grant", "group": "goods"}, "domain"), ({"retired_on": TODAY}, "retired")]
)
def test_kinds_that_do_not_fit_are_not_merged(steward, values, code):
    kept, absorbed = KindFactory(**values), KindFactory()

    with pytest.raises(Refused) as refused:
        merge_kind.merge(kept=kept, absorbed=absorbed, by=steward)

    assert refused.value.code == code


def test_every_table_with_a_kind_or_a_venue_can_be_merged():
    assert {reference.table for reference in references(Kind)} == {
        "services.activity",
        "services.duty",
        "services.grant",
        "services.matter",
        "services.pairing",
        "services.phrase",
        "services.venue",
    }
    assert {"services.activity", "services.grant", "services.matter", "services.venue"} <= {
        reference.table for reference in references(Venue)
    }


def test_pairings_that_would_stand_twice_stay_behind(steward, county):
    kept, absorbed = (KindFactory(domain="pairing", group="help") for _n in range(2))
    first = PairingFactory(kind=kept, organisation=county)
    PairingFactory(kind=absorbed, organisation=county, helper=first.helper, helped=first.helped)
    PairingFactory(kind=absorbed, organisation=county)

    done = merge_kind.merge(kept=kept, absorbed=absorbed, by=steward)

    assert sorted((step.outcome, len(step.row_ids)) for step in done.steps.all()) == [("kept", 1), ("moved", 1)]


def test_venues_merge_and_come_apart_again(steward, county):
    kept = VenueFactory(organisation=county, name="东站司机之家", beds=None)
    absorbed = VenueFactory(organisation=county, name="东站驿站", beds=8, address="东站路 1 号")
    part = VenueFactory(organisation=county, parent=absorbed)
    used = ActivityFactory(organisation=county, venue=absorbed)

    done = merge_venue.merge(kept=kept, absorbed=absorbed, by=steward)

    kept.refresh_from_db()
    absorbed.refresh_from_db()
    assert (kept.beds, kept.address, absorbed.merged_into) == (8, "东站路 1 号", kept)
    assert absorbed.closed_on is not None
    assert (Venue.objects.get(pk=part.pk).parent, Activity.objects.get(pk=used.pk).venue) == (kept, kept)

    merge_venue.undo(merge=done, by=steward)

    kept.refresh_from_db()
    absorbed.refresh_from_db()
    assert (kept.beds, kept.address, absorbed.merged_into, absorbed.closed_on) == (None, "", None, None)
    assert (Venue.objects.get(pk=part.pk).parent, Activity.objects.get(pk=used.pk).venue) == (absorbed, absorbed)
    assert events() == ["venue.merge", "venue.unmerge"]


def test_a_venue_whose_name_was_given_anew_does_not_come_apart(steward, county):
    kept, absorbed = (VenueFactory(organisation=county) for _n in range(2))
    done = merge_venue.merge(kept=kept, absorbed=absorbed, by=steward)
    VenueFactory(organisation=county, name=absorbed.name)

    with pytest.raises(Refused) as refused:
        merge_venue.undo(merge=done, by=steward)

    assert refused.value.code == "name_taken"
    assert Merge.objects.get(pk=done.pk).undone_at is None


def test_venues_of_others_are_not_merged(county_steward, county):
    kept, absorbed = VenueFactory(organisation=county), VenueFactory()
    set_scope(["*"])

    with pytest.raises(Refused) as refused:
        merge_venue.merge(kept=kept, absorbed=absorbed, by=county_steward)

    assert refused.value.code == "outside_scope"


# Words in lines


def test_words_are_replaced_and_the_audit_log_keeps_no_text(steward, county):
    row = ActivityFactory(organisation=county, line="看望司及师傅", place="司及之家")

    wording.replace(activity=row, find="司及", put="司机", by=steward)

    row.refresh_from_db()
    assert (row.line, row.place) == ("看望司机师傅", "司机之家")
    event = AuditEvent.objects.get(event="activity.reword")
    assert event.detail == {"fields": ["line", "place"]}


def test_words_are_not_replaced_outside_the_scope_or_beyond_the_length(county_steward, county):
    other, long = ActivityFactory(line="甲"), ActivityFactory(organisation=county, line="甲" * 150)

    for row, code in ((other, "outside_scope"), (long, "too_long")):
        with pytest.raises(Refused) as refused:
            set_scope(["*"])
            wording.replace(activity=row, find="甲", put="乙乙", by=county_steward)
        assert refused.value.code == code


# Pages


@pytest.fixture
def desk(client, steward):
    client.force_login(steward)
    return client


def listed(name):
    return reverse(f"admin:services_{name}_changelist")


def test_the_lists_cost_the_same_for_one_row_and_for_many(desk, county):
    def count(name):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert desk.get(listed(name)).status_code == 200
        return len(queries)

    def more(number):
        for _n in range(number):
            row = ActivityFactory(organisation=county, kind=KindFactory())
            VenueFactory(organisation=county, kind=KindFactory(domain="venue", group="rest"))
            Phrase.objects.create(kind=row.kind, text="看望。")
            ImportBatchFactory(organisation=county, subject="activity")

    names = ["kind", "phrase", "venue", "activity", "ledgerimport"]
    more(1)
    count("kind")  # the first page of all looks up what later ones know
    few = [count(name) for name in names]
    more(4)

    assert [count(name) for name in names] == few


@pytest.mark.parametrize(
    ("factory", "values"),
    [
        (ActivityFactory, {}),
        (GrantFactory, {"domain": "grant", "group": "goods"}),
        (VenueFactory, {"domain": "venue", "group": "rest"}),
    ],
)
def test_a_count_opens_exactly_those_entries(desk, county, factory, values):
    kind = KindFactory(**values)
    for _n in range(2):
        factory(organisation=county, kind=kind)
    factory(organisation=county)

    page = desk.get(listed("kind") + f"?q={kind.code}").content.decode()
    address, number = re.search(r'field-use_count"><a href="([^"]+)">(\d+)</a>', page).groups()
    context = desk.get(address.replace("&amp;", "&")).context

    rows = context["page"].object_list if "page" in context else context["cl"].result_list
    assert (number, len(rows)) == ("2", 2)


def test_a_kind_is_added_and_changed_by_the_form(desk, county):
    values = {"domain": "activity", "group": "goods", "label": "冬日送暖", "organisation": county.pk, "position": "1"}

    wrong = desk.post(reverse("admin:services_kind_add"), values)
    desk.post(reverse("admin:services_kind_add"), values | {"group": "care"})
    kind = Kind.objects.get(label="冬日送暖")
    desk.post(reverse("admin:services_kind_change", args=[kind.pk]), {"label": "冬日送温暖", "position": "2"})

    assert "请改选" in wrong.content.decode()
    kind.refresh_from_db()
    assert (kind.group, kind.label, kind.position, kind.organisation) == ("care", "冬日送温暖", 2, county)


def test_two_kinds_are_merged_on_their_page_and_the_merge_is_taken_back(desk, county):
    kept, absorbed = KindFactory(label="走访"), KindFactory(label="慰问", group="exchange")
    ActivityFactory(organisation=county, kind=absorbed)
    address = f"{reverse('admin:services_kind_merge')}?kept={kept.pk}&absorbed={absorbed.pk}"

    page = desk.get(address).content.decode()
    response = desk.post(address)
    merged = desk.get(response.url).content.decode()
    merges = desk.get(reverse("admin:members_merge_changelist")).content.decode()
    done = Merge.objects.get()
    desk.post(reverse("admin:members_merge_undo", args=[done.pk]))

    assert "不再计入" in page
    assert "慰问" in merged
    assert "走访" in merges
    assert Activity.objects.get().kind == absorbed


def test_words_are_found_and_replaced_with_a_preview(desk, county):
    rows = [ActivityFactory(organisation=county, line=text) for text in ("看望司及", "清雪")]
    chosen = {"action": "replace", ACTION_CHECKBOX_NAME: [row.pk for row in rows]}

    asked = desk.post(listed("activity"), chosen).content.decode()
    words = chosen | {"value_find": "司及", "value_put": "司机"}
    preview = desk.post(listed("activity"), words | {"preview": "1"}).content.decode()
    before = set(Activity.objects.values_list("line", flat=True))
    desk.post(listed("activity"), words | {"confirm": "1"})

    assert 'name="value_find"' in asked
    assert "<ins>看望司机</ins>" in preview
    assert before == {"看望司及", "清雪"}
    assert set(Activity.objects.values_list("line", flat=True)) == {"看望司机", "清雪"}


def test_an_import_is_undone_from_its_list(desk, county, django_capture_on_commit_callbacks):
    batch = ImportBatchFactory(organisation=county, subject="activity", state="done")

    with django_capture_on_commit_callbacks(execute=True):
        desk.post(listed("ledgerimport"), {"action": "undo", ACTION_CHECKBOX_NAME: [batch.pk], "confirm": "1"})

    assert ImportBatch.objects.get(pk=batch.pk).state == "undone"


@pytest.mark.parametrize("name", ["kind", "phrase", "venue", "activity", "ledgerimport"])
def test_only_who_looks_after_words_comes_in(client, county, name):
    Organisation.objects.get(pk=county.pk)
    client.force_login(UserFactory(organisation=county, role="security_admin"))

    assert client.get(listed(name)).status_code == 403
