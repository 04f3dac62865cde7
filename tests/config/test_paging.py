import pytest
from django.test import RequestFactory

from config.paging import Column, Sorting, paginate

COLUMNS = [
    Column("number", "编号", ("year", "-serial")),
    Column("title", "标题"),
    Column("words", "字数", ("words",), is_number=True),
]


class Rows(list):
    ordered = True


@pytest.mark.parametrize(
    ("asked", "given"),
    [("2", 2), ("", 1), ("x", 1), ("0", 1), ("-3", 1), ("99", 3), ("２", 2), ("9" * 5000, 1), ("1.5", 1)],
)
def test_paginate_gives_the_nearest_page(asked, given):
    request = RequestFactory().get("/", {"page": asked})

    assert paginate(request, Rows(range(25)), per_page=10).number == given


def test_paginate_of_nothing_is_one_empty_page():
    page = paginate(RequestFactory().get("/?page=7"), Rows())

    assert (page.number, list(page)) == (1, [])


@pytest.mark.parametrize(
    ("asked", "order_by"),
    [
        ("", ("-words", "-pk")),
        ("number", ("year", "-serial", "pk")),
        ("-number", ("-year", "serial", "-pk")),
        ("title", ("-words", "-pk")),
        ("password", ("-words", "-pk")),
    ],
)
def test_sorting_takes_only_sortable_columns(asked, order_by):
    sorting = Sorting(RequestFactory().get("/", {"sort": asked}), COLUMNS, default="-words")

    assert sorting.order_by == order_by


def test_heads_say_the_direction_and_the_next_one():
    heads = Sorting(RequestFactory().get("/?sort=words"), COLUMNS, default="-words").heads

    assert [(head.direction, head.next_sort, head.is_sortable) for head in heads] == [
        ("none", "number", True),
        ("none", "title", False),
        ("ascending", "-words", True),
    ]
