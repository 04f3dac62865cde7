"""Related cases: which, why, and when they are worked out."""

import pytest

from cases.actions import library
from cases.models import Case, LibraryEntry, RelatedEntry
from cases.search.related import compare, weigh
from tests.factories.cases import CaseFactory

COURIERS = "快递物流行业党委把快递小哥请进驿站，行业党委为快递物流企业配了指导员。"
FARMERS = "合作社的果农在果园里学剪枝，果树修剪有了师傅，果农增收。"
CANTEEN = "社区食堂开张了，老人吃上热饭，食堂每天送餐上门。"


@pytest.fixture
def publish(django_capture_on_commit_callbacks):
    """Publish a case and let the worker do what follows."""

    def publish(title, body):
        with django_capture_on_commit_callbacks(execute=True):
            return CaseFactory(title=title, body=body, state=Case.State.PUBLISHED).library_entry

    return publish


def beside(entry):
    return list(RelatedEntry.objects.filter(entry=entry).order_by("-score").values_list("other", flat=True))


def test_compare_gives_cosine_and_the_words_that_weigh_most():
    score, reasons = compare({"果农": 0.6, "剪枝": 0.8}, {"果农": 0.8, "剪枝": 0.6, "食堂": 0.0})

    assert (round(score, 2), reasons) == (0.96, ["剪枝", "果农"])


def test_weigh_gives_nothing_to_words_of_every_text_and_scales_to_one():
    weights = weigh({"党建": 5, "剪枝": 1}, {"党建": 100, "剪枝": 2}, 99)

    assert weights == {"剪枝": 1.0}


@pytest.mark.django_db
def test_a_new_case_and_its_neighbours_list_each_other_with_the_reason(publish):
    first = publish("快递小哥有了家", COURIERS)
    publish("果园里的课堂", FARMERS)
    publish("一碗热饭", CANTEEN)
    second = publish("快递小哥的指导员", COURIERS + "每月走访一次。")

    assert beside(second) == [first.pk]
    assert beside(first) == [second.pk]
    terms = RelatedEntry.objects.get(entry=first).terms
    assert 1 <= len(terms) <= 3
    assert all(term in COURIERS for term in terms)


@pytest.mark.django_db
def test_a_withdrawn_case_is_no_longer_beside_others(publish, django_capture_on_commit_callbacks):
    first = publish("快递小哥有了家", COURIERS)
    second = publish("快递小哥的指导员", COURIERS + "每月走访一次。")
    publish("一碗热饭", CANTEEN)
    assert beside(first) == [second.pk]

    with django_capture_on_commit_callbacks(execute=True):
        library.take_out(case=second.case, at=second.published_at, note="重复")

    assert beside(first) == []
    assert RelatedEntry.objects.filter(entry=second).count() == 0


@pytest.mark.django_db
def test_relating_twice_changes_nothing(publish):
    first = publish("快递小哥有了家", COURIERS)
    publish("快递小哥的指导员", COURIERS + "每月走访一次。")
    before = list(RelatedEntry.objects.order_by("entry").values_list("entry", "other", "score"))

    library.relate_entry.enqueue(first.pk)

    assert list(RelatedEntry.objects.order_by("entry").values_list("entry", "other", "score")) == before


@pytest.mark.django_db
def test_a_case_alone_in_the_library_has_no_neighbours(publish):
    only = publish("快递小哥有了家", COURIERS)

    assert beside(only) == []
    assert LibraryEntry.objects.get(pk=only.pk).related_at is not None
