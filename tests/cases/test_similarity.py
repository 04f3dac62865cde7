"""Similar cases: shares of one text in another, a lifted paragraph, changed names, formulae, the page and the queue."""

import pytest
from django.urls import reverse

from cases import queues
from cases.actions import case as case_actions
from cases.actions import similarity
from cases.evidence import passages, shingles
from cases.evidence.alike import alike
from cases.models import Case, Likeness, Revision
from config.errors import WrongState
from members.models import AuditEvent
from tests.factories.cases import CaseFactory
from tests.factories.members import OrganisationFactory, RegionFactory, UserFactory

LIFTED = (
    "青石县在国道旁腾出三亩闲地，搭起棚子，摆上热水和充电桩，请退休的老站长当召集人，每晚八点把过路司机聚到一起听意见。"
)
OWN = "河湾镇的做法是先挨家挨户听快递员诉苦，再把冬天没处歇脚的事列成单子，一件件交给沿街商铺去认领，办完一件划掉一件。"
OTHER = "柳树乡把农闲时节的夜校搬进粮库，讲嫁接、讲电商，也讲怎么看合同，来的人从头一晚七个慢慢多到坐不下。"
read = shingles.read


def test_a_lifted_paragraph_is_contained_in_the_text_it_was_lifted_into():
    whole = read(f"{OWN}\n{LIFTED}\n{OTHER}")

    assert shingles.containment(read(LIFTED), whole) >= 0.95
    assert shingles.containment(read(LIFTED), read(OWN)) < 0.05
    assert shingles.best_paragraph(read(f"{OWN}\n题\n{LIFTED}"), read(f"{LIFTED}{OTHER}")) == 1.0
    assert shingles.best_paragraph(read(f"{OWN}\n{LIFTED[:20]}"), read(LIFTED)) < 0.05


def test_white_space_and_punctuation_hide_nothing():
    spaced = "\n".join(LIFTED).replace("，", "、")

    assert read(spaced).known == read(LIFTED).known


def test_a_formula_and_the_preface_of_a_call_do_not_count():
    whole = f"按：{OTHER}\n{LIFTED}\n{OWN}"
    formula = set(shingles.sample(read(LIFTED).hashes))

    share = shingles.containment(read(whole, formula), read(f"{OTHER}\n{LIFTED}"))

    assert shingles.containment(read(whole), read(f"{OTHER}\n{LIFTED}")) > 0.4
    assert share < 0.15  # its edges
    assert passages.passages(read(whole, formula), read(f"{OTHER}\n{LIFTED}")) == []


def test_the_passages_both_have_are_found_in_whatever_order_with_their_places():
    one, other = f"{OWN}\n{LIFTED}\n{OTHER}", f"{OTHER}\n{LIFTED}"

    found = passages.passages(read(one), read(other))

    assert [(one[each.start : each.end], other[each.other_start : each.other_end]) for each in found] == [
        (LIFTED[:-1], LIFTED[:-1]),
        (OTHER[:-1], OTHER[:-1]),
    ]


def test_a_changed_name_stands_unmarked_within_one_place():
    one, other = f"题\n{LIFTED}", LIFTED.replace("国道", "河堤").replace("老站长", "老支书")

    (place,) = passages.places(read(one), read(other), passages.passages(read(one), read(other)))

    assert [words for words, is_same in place.theirs.pieces if not is_same] == ["青石县在河堤", "支书", "。"]
    assert (place.ours.paragraph, place.theirs.paragraph) == (2, 1)


def test_masking_names_makes_a_text_with_names_changed_the_same():
    one, other = f"青石局在青石建站。{LIFTED}", f"白水局在白水建站。{LIFTED.replace('青石', '白水')}"
    names = ["青石局", "白水局", *shingles.short_names(["青石县", "白水县"])]

    assert shingles.masked(one, names) == shingles.masked(other, names)


@pytest.fixture
def editor():
    return UserFactory(role="editor")


def received(editor, body, **fields):
    case = CaseFactory(
        organisation=OrganisationFactory(parent=editor.organisation), state=Case.State.RECEIVED, body=body, **fields
    )
    similarity.refresh(case.pk)
    return case


def waiting(editor):
    return set(queues.rows(queues.BY_NAME["alike"], editor))


@pytest.mark.django_db
def test_a_new_text_is_left_to_the_worker_to_compare(editor, django_capture_on_commit_callbacks):
    source = received(editor, LIFTED)
    with django_capture_on_commit_callbacks(execute=True):
        case = CaseFactory(organisation=editor.organisation, body=LIFTED)
        assert not case.shingles.exists()

    row = Likeness.objects.get()
    assert (row.earlier, row.later, row.share_percent, row.is_strong) == (source, case, 100, True)


@pytest.mark.django_db
def test_the_page_shows_whom_a_paragraph_was_lifted_from(client, editor):
    source = received(editor, f"{LIFTED}\n{OTHER}")
    received(editor, OTHER[::-1])
    case = received(editor, f"{OWN}\n{LIFTED}")
    client.force_login(editor)

    response = client.get(reverse("cases:similarity_page", args=[case.pk]))

    ((found, judged, _form),) = response.context["found"]
    assert (found.case, found.measure.is_lifted, judged.later) == (source, True, case)
    assert response.content.decode().count(f"<mark>{LIFTED[:-1]}</mark>") == 2


@pytest.mark.django_db
def test_the_same_text_with_names_changed_is_said_to_be_that(editor):
    for name in ("青石县", "白水县"):
        RegionFactory(name=name)
    text = "青石党员到青石路口，青石商铺给青石司机送青石热水，青石站长记下青石难题，青石支部办青石夜校。"
    text += "青石邻居帮青石家属，青石医生看青石病人，青石老师教青石孩子，青石木匠修青石桌椅。"
    received(editor, text)
    case = received(editor, text.replace("青石", "白水"))

    (found,) = alike(case, Case.objects.all())

    assert found.measure.is_renamed
    assert (found.measure.masked_percent, found.measure.percent < 60) == (100, True)


@pytest.mark.django_db
def test_what_stands_in_very_many_cases_is_nobodys(editor, monkeypatch):
    monkeypatch.setattr("cases.evidence.alike.BOILERPLATE_CASES", 2)
    for number in range(3):
        received(editor, f"{LIFTED}\n{OTHER[number:]}"[::-1] if number == 2 else LIFTED)
    received(editor, LIFTED)
    case = received(editor, f"{OWN}\n{LIFTED}")

    assert alike(case, Case.objects.all()) == []


@pytest.mark.django_db
def test_a_case_one_may_not_read_is_not_named(editor):
    elsewhere = CaseFactory(state=Case.State.RECEIVED, body=LIFTED)
    similarity.refresh(elsewhere.pk)
    case = received(editor, LIFTED)

    assert alike(case, Case.objects.visible_to(editor)) == []
    assert [each.case for each in alike(case, Case.objects.all())] == [elsewhere]
    assert waiting(editor) == set()


@pytest.mark.django_db
def test_a_changed_text_is_searched_as_it_is_now(editor):
    source, case = received(editor, LIFTED), received(editor, LIFTED)
    before = waiting(editor)
    case_actions.append(source, title="改", body=OWN, by=editor, source=Revision.Source.EDIT)
    similarity.refresh(source.pk)

    assert (before, waiting(editor), alike(case, Case.objects.all())) == ({source, case}, set(), [])


@pytest.mark.django_db
def test_a_pair_put_aside_leaves_the_queue_until_the_texts_grow_more_alike(client, editor):
    source, case = received(editor, LIFTED), received(editor, f"{OWN}{LIFTED}")
    client.force_login(editor)

    client.post(
        reverse("cases:similarity_dismiss", args=[case.pk, source.pk]), {f"pair-{source.pk}-note": "去年报过，已说明"}
    )
    page = client.get(reverse("cases:similarity_page", args=[case.pk])).content.decode()
    aside = waiting(editor)
    similarity.refresh(case.pk)
    unchanged = waiting(editor)
    case_actions.append(source, title="改", body=f"{OWN}{LIFTED}", by=editor, source=Revision.Source.EDIT)
    similarity.refresh(source.pk)

    assert "去年报过，已说明" in page
    assert (aside, unchanged, waiting(editor)) == (set(), set(), set())
    assert AuditEvent.objects.filter(event="likeness.dismiss").count() == 1


@pytest.mark.django_db
def test_a_pair_put_aside_can_be_taken_up_again(client, editor):
    source, case = received(editor, LIFTED), received(editor, LIFTED)
    similarity.dismiss(case=case, other=source, note="", by=editor)
    client.force_login(editor)

    client.post(reverse("cases:similarity_restore", args=[source.pk, case.pk]))

    assert waiting(editor) == {source, case}
    assert client.get(case.get_absolute_url()).context["alike"] == 1


@pytest.mark.django_db
def test_a_pair_that_is_no_more_is_refused_in_words(editor):
    source, case = received(editor, OWN), received(editor, OTHER)

    with pytest.raises(WrongState, match="刷新"):
        similarity.dismiss(case=case, other=source, note="", by=editor)


@pytest.mark.django_db
def test_the_submitting_side_sees_no_page_of_similar_cases(client, editor):
    case = received(editor, LIFTED)
    client.force_login(case.created_by)

    assert client.get(reverse("cases:similarity_page", args=[case.pk])).status_code == 403


@pytest.mark.django_db
def test_the_page_leads_back_to_the_queue_one_came_from(client, editor):
    received(editor, LIFTED)
    case = received(editor, LIFTED)
    client.force_login(editor)

    page = client.get(reverse("cases:similarity_page", args=[case.pk]), {"queue": "alike"}).content.decode()

    assert reverse("cases:review_queue", args=["alike"]) in page
    assert f"{case.get_absolute_url()}?queue=alike" in page
