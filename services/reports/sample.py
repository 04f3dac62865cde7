"""The files a county starts its own template from: our own layout with placeholders where numbers stand (pure)."""

import io

from docx import Document
from openpyxl import Workbook

from config import official_layout as layout
from services.indicators import registry
from services.reports.outline import OUTLINE

NUMERALS = "一二三四五六七八九十"


def number(key: str, filters: dict) -> str:
    """Return the placeholder of a number."""
    narrowed = "".join(f', {name}="{value}"' for name, value in filters.items())
    return f'{{{{ 指标("{key}"{narrowed}) }}}}'


def word() -> bytes:
    """Return a .docx in the layout of official documents: each section in a sentence, then all numbers in a table."""
    made: Document = layout.document()
    layout.title(made, "{{ 标题 }}")
    for numeral, (heading, wanted) in zip(NUMERALS, OUTLINE, strict=False):
        layout.heading(made, f"{numeral}、{heading}")
        said = [
            f"{label or registry.get(key).label}{number(key, filters)}{registry.get(key).unit}"
            for key, filters, label in wanted
        ]
        layout.paragraph(made, f"{'；'.join(said)}。")
    layout.heading(made, f"{NUMERALS[len(OUTLINE)]}、各项数据")
    layout.paragraph(made, "{%p for 部分 in 各部分 %}", indent=False)
    layout.paragraph(
        made, "{{ 部分.标题 }}：{% for 项 in 部分.各项 %}{{ 项.名称 }}{{ 项.数值 }}{{ 项.单位 }}；{% endfor %}"
    )
    layout.paragraph(made, "{%p endfor %}", indent=False)
    layout.signature(made, "{{ 单位 }}", "{{ 日期 }}")
    return layout.as_bytes(made)


def excel() -> bytes:
    """Return an .xlsx with a row for each number."""
    book = Workbook()
    sheet = book.active
    sheet.append(["{{ 标题 }}"])
    for heading, wanted in OUTLINE:
        for key, filters, label in wanted:
            indicator = registry.get(key)
            sheet.append([str(heading), str(label or indicator.label), number(key, filters), str(indicator.unit)])
    for column, width in (("A", 24), ("B", 32), ("C", 14), ("D", 8)):
        sheet.column_dimensions[column].width = width
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
