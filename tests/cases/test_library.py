"""The public pages: front page, lists, one case, what machines read."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.utils import timezone
from django.utils.http import http_date
from lxml import etree

from cases.actions import library, review
from cases.models import Case, Correction, Decision, LibraryEntry, LibraryIndex, RelatedEntry
from cases.search.casepage import CasePage
from members.actions import merge_organisation, organisation
from tests.factories.cases import CaseFactory, CommentFactory, SubjectFieldFactory
from tests.factories.members import OrganisationFactory, RegionFactory, UserFactory

pytestmark = pytest.mark.django_db
TRANSACTIONAL = ("SAVEPOINT", "RELEASE", "set transaction", "SELECT set_config")


def publish(title="驿站", body="司机有了歇脚处。", **kwargs):
    return CaseFactory(title=title, body=body, state=Case.State.PUBLISHED, **kwargs).library_entry


def queries(client, url, capture):
    """Fetch a page; return how many queries that read rows it took."""
    with capture() as captured:
        assert client.get(url).status_code == 200
    return len([query for query in captured if not query["sql"].startswith(TRANSACTIONAL)])


@pytest.fixture
def capture(django_assert_max_num_queries):
    return lambda: django_assert_max_num_queries(100)


# The projection


def test_put_in_copies_what_readers_see():
    city = RegionFactory(name="临沂市", level="city", path="37.3713.", code="371300")
    region = RegionFactory(name="临沭县", path="37.3713.371329.", code="371329", parent=city)
    RegionFactory(name="别市", level="city", path="37.3714.", code="371400")
    field = SubjectFieldFactory()
    organisation = OrganisationFactory(region=region, name="临沭县物流行业党委")

    entry = publish("驿站", "一、背景\n甲。\n乙。", organisation=organisation, field=field, contributor_name="赵敏")

    assert (entry.title, entry.body, entry.summary, entry.credit) == (
        "驿站",
        "一、背景\n甲。\n乙。",
        "甲。乙。",
        "赵敏",
    )
    assert (entry.organisation_name, entry.region, entry.field) == ("临沭县物流行业党委", region, field)
    assert entry.slug == f"{entry.case.year}-{entry.case.sequence:04d}"


def test_retract_leaves_the_address_and_takes_the_text():
    entry = publish()
    editor = UserFactory(organisation=entry.case.organisation, role="chief_editor")

    review.decide(
        case=entry.case,
        kind=Decision.Kind.RETRACT,
        by=editor,
        revision=entry.case.current_revision,
        note="单位申请撤回",
    )

    entry.refresh_from_db()
    assert (entry.body, entry.summary, entry.withdrawal_note) == ("", "", "单位申请撤回")
    assert entry.withdrawn_at is not None


# Front page


def test_front_page_of_an_empty_library_says_so(client):
    assert "尚未发布案例" in client.get("/").content.decode()


def test_front_page_shows_the_newest_first_and_counts_that_open_their_rows(client):
    field = SubjectFieldFactory(code="logistics", name="物流快递")
    publish("第一篇", field=field)
    publish("第二篇", field=field)
    publish("第三篇", field=SubjectFieldFactory(name="乡村振兴"))

    page = client.get("/").content.decode()

    assert page.index("第三篇") < page.index("第二篇") < page.index("第一篇")
    assert '?field=logistics">物流快递 <span class="facet-count">2</span>' in page
    narrowed = client.get("/library/?field=logistics").content.decode()
    assert ("第一篇" in narrowed, "第二篇" in narrowed, "第三篇" in narrowed) == (True, True, False)


def test_front_page_does_not_show_drafts_or_withdrawn_cases(client):
    publish("公开的")
    CaseFactory(title="未公开的")
    gone = publish("撤下的")
    library.take_out(case=gone.case, at=timezone.now(), note="")

    page = client.get("/").content.decode()

    assert ("公开的" in page, "未公开的" in page, "撤下的" in page) == (True, False, False)


@pytest.mark.parametrize(
    "url", ["/", "/library/", "/library/?q=歇脚", "/library/?q=“歇脚处”&year=2026", "/library/feed/"]
)
def test_lists_cost_the_same_for_one_and_three_rows(client, url, capture):
    publish(field=SubjectFieldFactory())
    one = queries(client, url, capture)
    publish(field=SubjectFieldFactory())
    publish(field=SubjectFieldFactory())

    assert queries(client, url, capture) == one


# Lists and search


def test_results_mark_the_words_and_say_how_many(client):
    publish("货车司机的驿站", "每天有四十名货车司机在此歇脚。")
    publish("社区食堂", "老人吃上热饭。")

    page = client.get("/library/", {"q": "货车司机"}).content.decode()

    assert "<mark>货车司机</mark>的驿站" in page
    assert "每天有四十名<mark>货车司机</mark>在此歇脚。" in page
    assert "社区食堂" not in page
    assert "检索：货车司机" in page
    assert '<meta name="robots" content="noindex, follow">' in page


def test_what_a_reader_typed_is_shown_as_text(client):
    publish("<b>驿站</b>", "<script>alert(1)</script>驿站")

    page = client.get("/library/", {"q": "驿站 <img>"}).content.decode()

    assert "<img>" not in page
    assert "<b>驿站" not in page
    assert "alert(1)&lt;/script&gt;<mark>驿站</mark>" in page


@pytest.mark.parametrize(
    ("q", "sentence"),
    [
        ("党", "一个字太少"),
        ("%", "没有可以检索的词"),
        ("x" * 99, "没有可以检索的词"),
        ("火箭", "没有案例含有这些词"),
        ("歇脚 火箭", "没有案例含有“火箭”"),
        ("歇脚 的 党", "已略去单个的字"),
    ],
)
def test_a_search_says_what_it_did(client, q, sentence):
    publish()

    assert sentence in client.get("/library/", {"q": q}).content.decode()


def test_chips_remove_one_choice_and_keep_the_rest(client):
    field = SubjectFieldFactory(code="logistics", name="物流快递")
    publish(field=field)

    page = client.get("/library/", {"q": "歇脚", "field": "logistics", "kind": "agency", "page": "1"}).content.decode()

    assert 'href="/library/?q=%E6%AD%87%E8%84%9A&amp;kind=agency">物流快递' in page
    assert 'href="/library/?q=%E6%AD%87%E8%84%9A&amp;field=logistics">' in page


@pytest.mark.parametrize("parameters", ["year=20x6&city=999999&field=no&kind=no&page=-3", "page=99999", "year=²²²²"])
def test_nonsense_in_the_address_is_no_choice(client, parameters):
    publish("驿站")

    assert "驿站" in client.get(f"/library/?{parameters}").content.decode()


def test_pages_of_results_are_stable_and_complete(client):
    for number in range(23):
        publish(f"第{number}处驿站")

    found = [row.entry.title for page in (1, 2) for row in client.get(f"/library/?q=驿站&page={page}").context["rows"]]

    assert found == [f"第{number}处驿站" for number in reversed(range(23))]


# One case


def test_a_case_shows_text_unit_credit_and_permanent_address(client, settings):
    settings.SITE_URL = "https://anli.example.cn"
    entry = publish(
        "驿站", "一、背景\n县里有货车司机300余名。", contributor_name="赵敏", field=SubjectFieldFactory(name="物流")
    )

    page = client.get(entry.get_absolute_url()).content.decode()

    assert f'<link rel="canonical" href="https://anli.example.cn/library/{entry.slug}/">' in page
    for part in ("县里有货车司机300余名。", entry.organisation_name, "赵敏", "物流", "一、背景</h2>"):
        assert part in page


def test_a_case_shows_corrections_approved_comments_and_related_cases_with_the_reason(client):
    entry, other, hidden = publish(), publish("另一处驿站"), publish("撤下的驿站")
    CommentFactory(case=entry.case, body="未审的留言")
    CommentFactory(
        case=entry.case, body="审过的留言", state="approved", decided_at=timezone.now(), decided_by=UserFactory()
    )
    Correction.objects.create(
        case=entry.case, note="人数应为十二名", revision=entry.case.current_revision, published_by=UserFactory()
    )
    RelatedEntry.objects.create(entry=entry, other=other, score=1, terms=["快递物流", "行业党委"])
    RelatedEntry.objects.create(entry=entry, other=hidden, score=1, terms=["驿站"])
    library_entry = LibraryEntry.objects.filter(pk=hidden.pk)
    library_entry.update(withdrawn_at=timezone.now())

    page = client.get(entry.get_absolute_url()).content.decode()

    assert "同为：快递物流 · 行业党委" in page
    assert ("审过的留言" in page, "未审的留言" in page) == (True, False)
    assert ("人数应为十二名" in page, "另一处驿站" in page, "撤下的驿站" in page) == (True, True, False)


def test_a_case_takes_at_most_six_queries(client, capture):
    entry, others = publish(field=SubjectFieldFactory()), [publish() for _number in range(3)]
    for other in others:
        RelatedEntry.objects.create(entry=entry, other=other, score=1, terms=["驿站"])
        CommentFactory(case=entry.case, state="approved", decided_at=timezone.now(), decided_by=UserFactory())

    assert queries(client, entry.get_absolute_url(), capture) <= 6


def test_a_withdrawn_case_answers_410_with_the_note_and_no_text(client):
    entry = publish("驿站", "不再公开的文字。")
    library.take_out(case=entry.case, at=timezone.now(), note="与另一篇重复")

    response = client.get(entry.get_absolute_url())

    assert response.status_code == 410
    assert "与另一篇重复" in response.content.decode()
    assert "不再公开的文字" not in response.content.decode()


def test_an_address_that_never_was_answers_404(client):
    assert client.get("/library/1999-0001/").status_code == 404


def test_an_unchanged_case_is_not_sent_again_and_a_changed_one_is(client):
    entry = publish()
    first = client.get(entry.get_absolute_url())
    tag = first.headers["ETag"]

    again = client.get(entry.get_absolute_url(), HTTP_IF_NONE_MATCH=tag)
    since = client.get(entry.get_absolute_url(), HTTP_IF_MODIFIED_SINCE=first.headers["Last-Modified"])
    comment = CommentFactory(case=entry.case, state="approved", decided_at=timezone.now(), decided_by=UserFactory())
    changed = client.get(entry.get_absolute_url(), HTTP_IF_NONE_MATCH=tag)

    assert (again.status_code, again.content, since.status_code) == (304, b"", 304)
    assert changed.status_code == 200
    assert comment.body in changed.content.decode()


def test_english_readers_get_their_own_copy(client):
    entry = publish()
    tag = client.get(entry.get_absolute_url()).headers["ETag"]

    english = client.get(entry.get_absolute_url(), HTTP_IF_NONE_MATCH=tag, HTTP_ACCEPT_LANGUAGE="en")

    assert english.status_code == 200
    assert "Permanent address" in english.content.decode()


def test_a_page_changed_before_today_counts_as_changed_at_midnight():
    entry = publish()
    LibraryEntry.objects.filter(pk=entry.pk).update(updated_at=timezone.now() - timedelta(days=3), related_at=None)
    entry.refresh_from_db()

    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)

    assert CasePage.of(entry).last_modified == http_date(midnight.timestamp())


def test_signed_in_readers_always_get_a_fresh_page(client):
    entry = publish()
    client.force_login(UserFactory())

    assert "ETag" not in client.get(entry.get_absolute_url()).headers


# What machines read


def test_the_feed_is_atom_with_absolute_addresses(client, settings):
    settings.SITE_URL = "https://anli.example.cn"
    entry = publish("驿站 & 食堂")

    response = client.get("/library/feed/")

    feed = etree.parse(BytesIO(response.content))
    atom = {"a": "http://www.w3.org/2005/Atom"}
    assert response.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    assert feed.xpath("//a:entry/a:title/text()", namespaces=atom) == ["驿站 & 食堂"]
    assert feed.xpath("//a:entry/a:id/text()", namespaces=atom) == [f"https://anli.example.cn/library/{entry.slug}/"]


def test_the_sitemap_lists_parts_and_the_parts_list_every_public_case(client, settings, monkeypatch):
    settings.SITE_URL = "https://anli.example.cn"
    monkeypatch.setattr("cases.feeds.ENTRIES_IN_SITEMAP", 2)
    entries = [publish() for _number in range(3)]
    gone = publish()
    library.take_out(case=gone.case, at=timezone.now(), note="")

    parts = locations(client.get("/sitemap.xml"))
    listed = [address for part in parts for address in locations(client.get(part.removeprefix(settings.SITE_URL)))]

    assert parts == [f"https://anli.example.cn/sitemap-{number}.xml" for number in (1, 2)]
    assert listed == [f"https://anli.example.cn/library/{entry.slug}/" for entry in entries]
    assert client.get("/sitemap-3.xml").status_code == 404
    assert client.get("/sitemap-0.xml").status_code == 404


def locations(response):
    names = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
    return etree.parse(BytesIO(response.content)).xpath("//s:loc/text()", namespaces=names)


def test_robots_and_opensearch_name_absolute_addresses(client, settings):
    settings.SITE_URL = "https://anli.example.cn"

    assert "Sitemap: https://anli.example.cn/sitemap.xml" in client.get("/robots.txt").content.decode()
    assert "https://anli.example.cn/library/?q={searchTerms}" in client.get("/opensearch.xml").content.decode()


def test_an_entry_takes_over_what_its_organisation_is_called_now(django_capture_on_commit_callbacks):
    kept = OrganisationFactory(name="临河县总工会", kind="mass_organisation")
    body = OrganisationFactory(parent=kept, name="临河县旧称办", kind="agency")
    entry = publish("驿站", organisation=body)
    gone = publish("撤下的", organisation=body)
    library.take_out(case=gone.case, at=timezone.now(), note="事实有误。")
    steward = UserFactory(organisation=kept, role="steward")

    with django_capture_on_commit_callbacks(execute=True):
        organisation.change(organisation=body, by=steward, name="临河县新称办")
    renamed = LibraryEntry.objects.get(pk=entry.pk)
    with django_capture_on_commit_callbacks(execute=True):
        merge_organisation.merge(kept=kept, absorbed=body, by=steward)
    merged = LibraryEntry.objects.get(pk=entry.pk)

    assert (renamed.organisation_name, renamed.organisation_kind) == ("临河县新称办", "agency")
    assert (merged.organisation_name, merged.organisation_kind) == ("临河县总工会", "mass_organisation")
    assert merged.updated_at == entry.updated_at
    assert LibraryIndex.objects.get().organisation_kind == "mass_organisation"
    assert LibraryEntry.objects.get(pk=gone.pk).organisation_name == "临河县总工会"
