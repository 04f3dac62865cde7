"""The opinions on a case, what was checked of its figures, and readers' comments, as they lie in a dossier."""

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from cases import queries_scoring
from cases.evidence import verdicts
from cases.exports.moments import moment
from cases.models import Case, FigureQuestion, Review
from members.models import User


def files(case: Case, user: User) -> list[tuple[str, bytes]]:
    """Return a text of each that there is something to say of.

    Opinions are left out for somebody who still owes their own, as on their page.
    """
    found = [
        (_("Opinions of reviewers"), [_opinion(row) for row in queries_scoring.of_case(case, user) or []]),
        (_("Figures and the ledger"), _figures(case)),
        (_("Text signed by the unit"), [_signed(row) for row in case.signed_readings.order_by("pk")]),
        (_("Comments of readers"), [_comment(row) for row in case.comments.order_by("created_at", "pk")]),
    ]
    return [(f"{name}.txt", ("\n\n".join(said) + "\n").encode()) for name, said in found if said]


def _opinion(row: Review) -> str:
    told = _("on revision %(number)s") % {"number": row.revision.number}
    lines = [f"{row.reviewer} · {moment(row.given_at)} · {told} · {row.total:.1f}"]
    for mark in row.marks.all():
        points = "" if mark.is_gate else f" {mark.points}"
        lines.append(f"    {mark.name}（{mark.question}） {mark.level}{points}")
    return "\n".join([*lines, f"    {row.comment}"])


def _figures(case: Case) -> list[str]:
    """Write every figure with what it stands for and what the ledger says today, then what was asked about it."""
    asked: dict[str, list[FigureQuestion]] = {}
    for question in case.figure_questions.select_related("asked_by", "answered_by").order_by("pk"):
        asked.setdefault(question.context, []).append(question)
    found = []
    for line in verdicts.lines_of(case, case.current_revision):
        said = [f"…{line.before}【{line.figure.mention}】{line.after}…"]
        if line.binding is not None:
            state = pgettext("figure", "confirmed") if line.is_confirmed else pgettext("figure", "suggested only")
            value = line.reading.text if line.reading else "—"
            said.append(f"    {line.binding.label} · {line.binding.days} · {value} · {line.said} · {state}")
        said += [_question(question) for question in asked.pop(line.context, [])]
        found.append("\n".join(said))
    return found + [_question(question).strip() for gone in asked.values() for question in gone]


def _question(row: FigureQuestion) -> str:
    lines = [f"    {moment(row.asked_at)} {row.asked_by}：“{row.mention}” {row.text}"]
    if row.answered_at is not None:
        who = row.answered_by or _("the holder of the submission link")
        said = [moment(row.answered_at), str(who), row.get_answer_display(), row.number, row.note]
        lines.append("    " + " · ".join(part for part in said if part))
    return "\n".join(lines)


def _signed(row: object) -> str:
    return f"{moment(row.noted_at)} · {row.get_reading_display()} · {row.note} · {row.noted_by}"


def _comment(row: object) -> str:
    return f"{moment(row.created_at)} · {row.name} · {row.get_state_display()}\n    {row.body}"
