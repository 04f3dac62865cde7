"""The notice of a call (征集通知) as a Word file in the layout of official documents: all a unit must know on paper."""

from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from docx.document import Document

from cases import queries_call
from cases.models import Call, Criterion
from config import official_layout as layout
from config.text import unseen

NUMERALS = "一二三四五六七八九十"


def word(call: Call, address: str) -> bytes:
    """Return a call's notice as a .docx; `address` is where its public page lies. Six queries.

    The rules, which bring numbers of their own, follow as an annex on a new page.
    """
    made = layout.document()
    title = _("Notice on the call “%(name)s”") % {"name": call.name}
    layout.title(made, _clean(f"{call.organisation.name}\n{title}"))
    layout.paragraph(made, _("To all bodies concerned:"), indent=False)
    for line in _lines(call.preface) or [_("Cases are called for as follows.")]:
        layout.paragraph(made, line)
    sections = [section for section in _sections(call, address) if section[1] or section[2]]
    for numeral, (heading, lines, rows) in zip(NUMERALS, sections, strict=False):
        layout.heading(made, f"{numeral}、{heading}")
        for line in lines:
            layout.paragraph(made, _clean(line))
        if rows:
            heads, *body = rows
            layout.table(made, heads, [[_clean(cell) for cell in row] for row in body])
    _close(made, call)
    return layout.as_bytes(made)


def _sections(call: Call, address: str) -> Iterable[tuple[str, list[str], list[list[str]]]]:
    """Yield heading, lines and a table with its heads; what a call does not set has neither lines nor rows."""
    yield pgettext("notice of a call", "Time"), [_window(call)], []
    yield _("Who may send cases, and on what"), _scope(call), []
    yield pgettext("notice of a call", "What is asked for"), _numbered(_asked(call)), []
    yield _("How cases are judged"), _numbered(_judged(call)), []
    yield pgettext("notice of a call", "Recommendation"), *_recommended(call)
    yield pgettext("notice of a call", "Calendar"), [], _calendar(call)
    yield _("How to send a case in"), _sent(call, address), []


def _window(call: Call) -> str:
    said = {"first": _moment(call.opens_at), "last": _closing(call)}
    text = _("From %(first)s to %(last)s.") % said
    return text + (_("Cases that come later are taken and marked as late.") if call.takes_late else "")


def _scope(call: Call) -> list[str]:
    tracks = [f"{row.name}（{row.note}）" if row.note else row.name for row in call.tracks.in_order()]
    found = [_("%(body)s and all bodies under it may send cases in.") % {"body": call.organisation.name}]
    if tracks:
        found += [_("Each case belongs to one of these tracks:"), *_numbered(tracks)]
    return found


def _asked(call: Call) -> list[str]:
    return [
        line
        for line in (
            _between(
                _("Text: %(limits)s."),
                call.least_characters,
                call.most_characters,
                pgettext("notice of a call", "characters"),
            ),
            _parts(call),
            _photos(call),
            _("At most %(most)s cases of one unit.") % {"most": call.most_per_unit} if call.most_per_unit else "",
            _("Whoever sends a case in confirms: %(statement)s") % {"statement": call.statement}
            if call.statement
            else "",
        )
        if line
    ]


def _parts(call: Call) -> str:
    names = "、".join(part.told for part in call.parts.in_order())
    return _("The text has these parts, each under a heading: %(names)s.") % {"names": names} if names else ""


def _photos(call: Call) -> str:
    text = _between(
        _("Photos: %(limits)s."), call.least_photos, call.most_photos, pgettext("notice of a call", "photos")
    )
    if text and call.needs_captions:
        text += _("Each has a caption.")
    if call.least_photo_pixels:
        text += _("They are at least %(width)s pixels wide.") % {"width": call.least_photo_pixels}
    return text


def _between(sentence: str, least: int | None, most: int | None, unit: str) -> str:
    said = {"least": least, "most": most, "unit": unit}
    if least and most:
        return sentence % {"limits": _("%(least)s to %(most)s %(unit)s") % said}
    if most:
        return sentence % {"limits": _("at most %(most)s %(unit)s") % said}
    return sentence % {"limits": _("at least %(least)s %(unit)s") % said} if least else ""


def _judged(call: Call) -> list[str]:
    return [
        _("%(name)s (gate: whoever does not pass it is out, whatever the sum)") % {"name": row.name}
        + (f"：{row.question}" if row.question else "。")
        if row.kind == Criterion.Kind.GATE
        else _("%(name)s (weight %(weight)s %%)") % {"name": row.name, "weight": row.weight_percent}
        + (f"：{row.question}" if row.question else "。")
        for row in call.rubric.criteria.in_order()
    ]


def _recommended(call: Call) -> tuple[list[str], list[list[str]]]:
    quotas = list(call.quotas.select_related("body").order_by("body__path"))
    lines = []
    if call.needs_recommendation:
        lines.append(_("Every case needs the recommendation of the bodies above it, each within its quota."))
    if call.needs_form:
        lines.append(_("The recommending body uploads a scan of the stamped application form."))
    rows = [[_("Recommending body"), _("Cases at most")], *([row.body.name, str(row.places)] for row in quotas)]
    return lines, rows if quotas else []


def _calendar(call: Call) -> list[list[str]]:
    steps = queries_call.timeline(call, timezone.now())
    rows = [[str(step.name), _day(step.starts_on), _day(step.ends_on)] for step in steps]
    return [
        [
            pgettext("notice of a call", "Step"),
            pgettext("notice of a call", "From"),
            pgettext("notice of a call", "To"),
        ],
        *rows,
    ]


def _sent(call: Call, address: str) -> list[str]:
    found = [_("Cases are sent in on the page of the call: %(address)s") % {"address": address}]
    if call.contact:
        found.append(_("Whom to ask: %(contact)s") % {"contact": call.contact})
    return found


def _close(made: Document, call: Call) -> None:
    if call.rules:
        made.add_paragraph()
        layout.paragraph(made, _("Annex: rules of the call"))
    day = call.announced_at or timezone.now()
    layout.signature(made, _clean(call.organisation.name), _day(timezone.localtime(day)))
    if call.rules:
        layout.new_page(made)
        layout.paragraph(made, pgettext("notice of a call", "Annex"), indent=False)
        layout.title(made, _("Rules of the call"))
        for line in _lines(call.rules):
            layout.paragraph(made, line)


def _numbered(lines: Iterable[str]) -> list[str]:
    return [f"{number}.{line}" for number, line in enumerate(lines, start=1)]


def _lines(text: str) -> list[str]:
    return [_clean(line.strip()) for line in text.splitlines() if line.strip()]


def _clean(text: str) -> str:
    return unseen.without_controls(text)


def _day(day: object) -> str:
    return date_format(day, "DATE_FORMAT")


def _moment(moment: datetime) -> str:
    local = timezone.localtime(moment)
    return _day(local) + (f" {local:%H:%M}" if (local.hour, local.minute) != (0, 0) else "")


def _closing(call: Call) -> str:
    clock = "24:00" if call.is_till_midnight else f"{timezone.localtime(call.closes_at):%H:%M}"
    return f"{_day(call.last_day)} {clock}"
