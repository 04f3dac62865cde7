"""The lists of returns and the notes on the text, as they lie in a dossier."""

from django.utils.translation import gettext as _

from cases import queries_annotation
from cases.exports.moments import moment
from cases.models import Case, RequestItem


def files(case: Case) -> list[tuple[str, bytes]]:
    """Return a text of every list with its answers and verdicts, and one of the notes; nothing where there are none."""
    found = []
    for number, request in enumerate(case.requests.order_by("pk"), start=1):
        head = _("Due on %(day)s") % {"day": request.due_on.isoformat()}
        items = request.items.select_related("answered_by", "judged_by").order_by("position")
        name = _("List of return %(number)s") % {"number": number}
        found.append((f"{name}.txt", "\n".join([head, "", *map(_item, items), ""]).encode()))
    notes = queries_annotation.notes(case, is_desk=True)
    if notes:
        lines = "\n".join(_note(note) for note in notes)
        found.append((f"{_('Notes on the text')}.txt", f"{lines}\n".encode()))
    return found


def _item(item: RequestItem) -> str:
    lines = [f"{item.position}. {item.text}"]
    if item.quote:
        lines.append(f"    “{item.quote}”")
    if item.answer:
        who = item.answered_by or _("the contributor, by letter or link")
        said = [item.get_answer_display(), item.answer_note, str(who), moment(item.answered_at)]
        lines.append("    " + " · ".join(part for part in said if part))
    if item.verdict:
        lines.append(f"    {item.get_verdict_display()} · {item.judged_by} · {moment(item.judged_at)}")
    return "\n".join(lines)


def _note(note: queries_annotation.Note) -> str:
    row = note.annotation
    place = (
        _("paragraph %(number)s") % {"number": note.place.paragraph} if note.place is not None else _("passage changed")
    )
    lines = [f"{note.number}. {place} “{row.quote}”", f"    {row.text} · {row.written_by} · {moment(row.written_at)}"]
    if row.resolved_at is not None:
        settled = _("settled by %(name)s") % {"name": row.resolved_by}
        lines.append(f"    {settled} · {moment(row.resolved_at)}")
    return "\n".join(lines)
