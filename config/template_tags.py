"""Template tags every page has without loading them (see `builtins` in the settings).

Each wraps one template in `templates/components/`; `templates/README.md` lists them.
"""

from functools import lru_cache

from crispy_forms.utils import render_crispy_form
from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe

from config.forms import Helper
from config.text.paragraphs import blocks
from config.wheel_assets import icon_shapes

register = template.Library()

TONES = ("neutral", "progress", "attention", "success", "ended")


@register.simple_tag
def icon(name, label="", key=""):
    """A Bootstrap icon drawn inline; without a label it is decoration and hidden from screen readers.

    With a `key`, the page's id for its shapes, the same icon may be drawn again by `<use href="#key">`.
    """
    shapes = mark_safe(icon_shapes()[name])  # noqa: S308 - from the wheel whose digest a test verifies
    if key:
        shapes = format_html('<g id="{}">{}</g>', key, shapes)
    if label:
        return format_html('<svg class="icon" viewBox="0 0 16 16" role="img" aria-label="{}">{}</svg>', label, shapes)
    return format_html('<svg class="icon" viewBox="0 0 16 16" aria-hidden="true">{}</svg>', shapes)


@register.simple_tag
def staff_nav(groups, again=False):
    """The staff menu from `site.staff`. It stands twice on a page, in a phone's bar and at the side: the second one
    (`again`) draws the first one's icons."""
    return _staff_nav(tuple((group, tuple(links)) for group, links in groups), again)


@lru_cache(maxsize=512)
def _staff_nav(groups, again):
    """The same links look the same on every page: a third of a page's time went into drawing them."""
    return render_to_string("components/staff_nav.html", {"groups": groups, "again": again})


@register.inclusion_tag("components/status_tag.html")
def status_tag(value):
    """The label and colour of a state; `value` is a member of an enum that has `.tone`."""
    if value.tone not in TONES:
        raise ValueError(f"{value!r} has the tone {value.tone!r}; tones are {', '.join(TONES)}")
    return {"label": value.label, "tone": value.tone}


@register.simple_tag(takes_context=True)
def fields(context, form):
    """A form's fields, without `<form>`, token and buttons; by its own crispy helper where it has one."""
    return render_crispy_form(form, getattr(form, "helper", None) or Helper(form), context)


@register.inclusion_tag("components/error_summary.html")
def error_summary(*forms):
    """All errors of one or several forms above the first field, each linking to its field."""
    fields = [field for form in forms for field in form if field.errors]
    general = [error for form in forms for error in form.non_field_errors()]
    return {"fields": fields, "general": general, "count": len(fields) + len(general)}


@register.inclusion_tag("components/table_head.html", takes_context=True)
def table_head(context, heads):
    """The head row of a table from `Sorting.heads`, or from plain strings."""
    return {"heads": heads, "request": context["request"]}


@register.inclusion_tag("components/pager.html", takes_context=True)
def pager(context, page):
    """Links to the other pages of `page`; keeps the rest of the query string. Nothing for a single page."""
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
    return {"page": page, "numbers": list(numbers), "request": context["request"], "gap": page.paginator.ELLIPSIS}


@register.inclusion_tag("components/empty_state.html")
def empty_state(title, text="", url="", action="", symbol="inbox"):
    """Says that there is nothing, why, and what to do next (`action` is the link's text)."""
    return {"title": title, "text": text, "url": url, "action": action, "symbol": symbol}


@register.inclusion_tag("components/stat.html")
def stat(value, label, url="", note=""):
    """A number with what it counts; the link opens the rows it counted."""
    return {"value": value, "label": label, "url": url, "note": note}


@register.inclusion_tag("components/chart.html")
def chart(chart):
    """A `config.charts.Chart` as a table, drawn where scripts run; the page loads `js/chart.js` as a module."""
    return {"chart": chart}


@register.inclusion_tag("components/photo_figure.html")
def photo_figure(src, alt, caption="", width=None, height=None, srcset="", link="", credit=""):
    """A photo with its caption; `link` opens the large one."""
    return {
        "src": src,
        "alt": alt,
        "caption": caption,
        "width": width,
        "height": height,
        "srcset": srcset,
        "link": link,
        "credit": credit,
    }


@register.simple_block_tag(takes_context=True)
def confirm(context, content, action, label, question="", tone="secondary"):
    """A button that unfolds a question and a second button, which posts. The content is further fields."""
    return render_to_string(
        "components/confirm.html",
        {"content": content, "action": action, "label": label, "question": question, "tone": tone},
        request=context["request"],
    )


@register.simple_block_tag(takes_context=True)
def filter_bar(context, content, label="", action="", clear=""):
    """A form that narrows the list below it by GET; the content is its fields."""
    return render_to_string(
        "components/filter_bar.html",
        {"content": content, "label": label, "action": action, "clear": clear},
        request=context["request"],
    )


@register.simple_block_tag
def breadcrumbs(content):
    """The way to this page; the content is `{% crumb %}`s."""
    return render_to_string("components/breadcrumbs.html", {"content": content})


@register.simple_tag
def crumb(label, url=""):
    """One step of the breadcrumbs; without a URL it is the page itself."""
    if url:
        return format_html('<li class="breadcrumb-item"><a href="{}">{}</a></li>', url, label)
    return format_html('<li class="breadcrumb-item active" aria-current="page">{}</li>', label)


@register.filter
def paragraphs(text, anchors=""):
    """A plain text as headings and paragraphs. With `:"part"` the headings get ids part-1, part-2 …"""
    return format_html_join(
        "\n",
        "<{}{}>{}</{}>",
        (
            (tag := f"h{block.level}" if block.level else "p", _anchor(block, anchors), block.text, tag)
            for block in blocks(text or "")
        ),
    )


@register.filter
def headings(text):
    """The headings of a plain text, for a table of contents beside `paragraphs`."""
    return [block for block in blocks(text or "") if block.level]


def _anchor(block, anchors):
    return format_html(' id="{}-{}"', anchors, block.number) if anchors and block.level else ""
