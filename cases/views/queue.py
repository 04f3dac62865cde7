"""The lists of the desk, and the way back into the list a reader works through."""

import re
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from cases import queues
from cases.forms.review import QueueFilterForm
from cases.models import Case
from cases.models.case import CaseQuerySet
from config.paging import Column, Sorting, paginate
from members.access import requires
from members.permissions import Permission

NUMBER = re.compile(r"[0-9]{1,18}")
COLUMNS = {
    "number": Column("number", gettext_lazy("Number"), ("year", "sequence")),
    "title": Column("title", gettext_lazy("Title"), ("title",)),
    "organisation": Column("organisation", gettext_lazy("Submitted by"), ("organisation__name",)),
    "state": Column("state", gettext_lazy("State"), ("state", "state_since")),
    "holder": Column("holder", gettext_lazy("With"), ("held_by__name",)),
    "since": Column("since", gettext_lazy("In this state"), ("state_since",)),
    "due": Column("due", gettext_lazy("Due"), ("due_on",)),
}
KEPT = ("q", "city", "field", "year", "call", "track", "word", "sort")  # what a list's address says beside its page


@requires(Permission.READ_DESK)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    return _list(request, queues.BY_NAME["all"])


@requires(Permission.READ_DESK)
@require_safe
def queue(request: HttpRequest, name: str) -> HttpResponse:
    return _list(request, named(name, is_author_side=False))


@requires(Permission.SUBMIT_CASE)
@require_safe
def ours(request: HttpRequest, name: str) -> HttpResponse:
    return _list(request, named(name, is_author_side=True))


def named(name: str, *, is_author_side: bool) -> queues.Queue:
    """Return the list of that name on that side. Raises: Http404."""
    chosen = queues.BY_NAME.get(name)
    if chosen is None or chosen.is_author_side != is_author_side:
        raise Http404
    return chosen


def listed(request: HttpRequest, chosen: queues.Queue) -> tuple[QueueFilterForm, Sorting, CaseQuerySet]:
    """Return the filters and the order an address asks for, and the list's rows by them."""
    sorting = _sorting(request, chosen)
    filters = QueueFilterForm(request.GET)
    return filters, sorting, filters.narrow(queues.rows(chosen, request.user)).with_row().order_by(*sorting.order_by)


def _list(request, chosen):
    filters, sorting, rows = listed(request, chosen)
    name = "cases:export_ours" if chosen.is_author_side else "cases:export_queue"
    gives_out = not chosen.is_author_side and request.user.has_permission(Permission.ASSIGN_REVIEWS)
    context = {
        "queue": chosen,
        "assign": _address("cases:assignment_spread", chosen, request) if gives_out else "",
        "counts": queues.counts(request.user),
        "filters": filters,
        "heads": sorting.heads,
        "sorting": sorting,
        "page": paginate(request, rows),
        "trail": urlencode({"queue": chosen.name, **kept(request)}),
        "stale_days": queues.STALE_DAYS,
        "today": timezone.localdate(),
        "export": _address(name, chosen, request),
        "together": _together(request, chosen),
    }
    return TemplateResponse(request, "cases/review/queue.html", context)


def _address(name, chosen, request):
    """A page about exactly the rows this list shows."""
    return f"{reverse(name, args=[chosen.name])}?{urlencode(kept(request))}"


def _together(request, chosen):
    """The page on which an editor decides on all that the list shows; None for who may not, or a list for reading."""
    if chosen.is_author_side or not request.user.has_permission(Permission.EDIT_CASE):
        return None
    return _address("cases:announcement_together", chosen, request)


def _sorting(request, chosen):
    hidden = {"state"} if chosen.has_one_state else {"holder"} if chosen.is_author_side else set()
    hidden |= set() if chosen.has_due else {"due"}
    return Sorting(request, [column for key, column in COLUMNS.items() if key not in hidden], default=chosen.sort)


def kept(request: HttpRequest) -> dict[str, str]:
    """Return what an address says of its list: filters and order."""
    return {name: request.GET[name] for name in KEPT if request.GET.get(name)}


@dataclass(frozen=True)
class Trail:
    """The list a reader came from, as `?queue=` and its filters and sort name it, and a case's place in it."""

    queue: queues.Queue
    kept: dict[str, str]
    place: queues.Place

    @property
    def query(self):
        """What keeps a link or a form within this list."""
        return urlencode({"queue": self.queue.name, **self.kept})

    @property
    def list_url(self):
        """The list as it was left."""
        address = self.queue.get_absolute_url()
        return f"{address}?{urlencode(self.kept)}" if self.kept else address


def trail_of(request: HttpRequest, case: Case) -> Trail | None:
    """Find the case's place in the list the address names; None where it names none that the user has."""
    chosen = _asked(request)
    if chosen is None or not request.user.has_permission(chosen.permission):
        return None
    rows = QueueFilterForm(request.GET).narrow(queues.rows(chosen, request.user))
    then = request.GET.get("then", "")
    place = queues.place(rows, _sorting(request, chosen).order_by, case, int(then) if NUMBER.fullmatch(then) else None)
    return Trail(chosen, kept(request), place)


def on_trail(request: HttpRequest, address: str, then: Case | None = None) -> str:
    """Return the address of a case's page within the list the reader came from, naming the case to go on with."""
    kept = trail_query(request, then)
    return f"{address}{'&' if '?' in address else '?'}{kept}" if kept else address


def trail_query(request: HttpRequest, then: Case | None = None) -> str:
    """Return what an address says of the list the reader came from; "" where it says nothing."""
    chosen = _asked(request)
    if chosen is None:
        return ""
    return urlencode({"queue": chosen.name, **kept(request)} | ({} if then is None else {"then": then.pk}))


def _asked(request):
    return queues.BY_NAME.get(request.GET.get("queue"))
