"""A chart is its table: every number stands in a cell, opens its rows, and is said in one sentence."""

import pytest
from django.template import Context, Template
from lxml import html

from config.charts import Chart, Series


def drawn(chart):
    return html.fromstring(Template("{% chart chart %}").render(Context({"chart": chart})))


def three_towns(**changes):
    given = {
        "title": "走访慰问",
        "unit": "次",
        "categories": ("城关镇", "河东镇", "山前镇"),
        "series": (Series("2024", (12, 0, 1500), ("/a", "/b", None)),),
        "kind": "bars",
    }
    return Chart(**(given | changes))


def test_every_number_is_a_cell_that_opens_its_rows():
    figure = drawn(three_towns())

    cells = figure.findall(".//tbody/tr/td")
    assert [cell.get("data-value") for cell in cells] == ["12", "0", "1500"]  # unlocalised, for the drawing
    assert [cell.find("a").get("href") for cell in cells[:2]] == ["/a", "/b"]
    assert cells[2].find("a") is None
    assert [row.findtext("th") for row in figure.findall(".//tbody/tr")] == ["城关镇", "河东镇", "山前镇"]


def test_whoever_does_not_see_it_hears_the_extremes():
    label = drawn(three_towns()).find(".//div[@role='img']").get("aria-label")
    assert "1500" in label and "山前镇" in label and "河东镇" in label


def test_without_scripts_the_table_is_open_and_the_drawing_hidden():
    figure = drawn(three_towns())
    assert figure.find(".//details").get("open") is not None
    assert figure.find(".//div[@role='img']").get("hidden") is not None


def test_a_chart_of_nothing_says_so_instead_of_an_empty_frame():
    figure = drawn(three_towns(series=(Series("2024", (0, 0, 0)),)))
    assert figure.find(".//div[@role='img']") is None
    assert figure.find(".//p[@class='chart-empty']").text


@pytest.mark.parametrize(
    "changes",
    [{"kind": "pie"}, {"categories": ("城关镇",)}, {"kind": "tiles", "places": ((0, 0),)}],
)
def test_numbers_that_do_not_fit_are_refused(changes):
    with pytest.raises(ValueError, match="categories"):
        three_towns(**changes)
