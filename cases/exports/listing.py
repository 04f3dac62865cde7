"""A list of the desk as a workbook."""

from collections.abc import Iterable

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from cases.models import Case
from cases.queues import Queue
from services.indicators import sheets


def workbook(queue: Queue, about: list[tuple[str, str]], cases: Iterable[Case]) -> bytes:
    """Return an .xlsx with a row for each case; the submitting side is told the state in its words, and no holder.

    Rows of the desk say by `is_recommended` whether they stand on a list that was sent.
    """
    heads = [_("Number"), _("Title"), _("Submitted by"), _("Place"), _("Field"), _("State")]
    heads += [] if queue.is_author_side else [_("call for cases"), pgettext("list", "Recommendation"), _("With")]
    heads += [_("In this state since"), _("Days in this state"), _("Received"), _("Published")]
    heads += [_("Due")] if queue.has_due else []
    return sheets.workbook(str(queue.label), about, heads, (_line(queue, case) for case in cases))


def _line(queue: Queue, case: Case) -> list:
    status = case.status.public if queue.is_author_side else case.status
    line = [case.number, case.title, str(case.organisation), str(case.organisation.region), case.field, status.label]
    if not queue.is_author_side:
        line += [case.call, _("Recommended") if case.is_recommended else "", case.held_by]
    line += [_day(case.state_since), case.days_in_state, _day(case.received_at), _day(case.published_at)]
    return [*line, case.due_on] if queue.has_due else line


def _day(moment: object) -> object:
    return timezone.localdate(moment) if moment else None
