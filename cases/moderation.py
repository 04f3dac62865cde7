"""The queue of comments: its tabs, their counts, and the rows each count stands for."""

from dataclasses import dataclass

from django.db.models import Count, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.models import Case, Comment
from cases.models.comment import CommentQuerySet


@dataclass(frozen=True)
class Tab:
    """One heap of comments: which rows lie on it, and in which order."""

    key: str
    label: str | Promise
    rows: Q
    order: tuple[str, ...]


@dataclass(frozen=True)
class CountedTab:
    """A tab with the number of rows it opens."""

    key: str
    label: str | Promise
    count: int


TABS = (
    Tab("pending", _("Waiting"), Q(state=Comment.State.PENDING), ("created_at", "pk")),
    Tab("reported", _("Reported"), Q(state=Comment.State.APPROVED, reports__gt=0), ("reported_at", "pk")),
    Tab("approved", _("Public"), Q(state=Comment.State.APPROVED), ("created_at", "pk")),
    Tab("rejected", _("Rejected"), Q(state=Comment.State.REJECTED), ("created_at", "pk")),
)


def tab_named(key: str | None) -> Tab:
    """Return a tab by its key; the comments waiting for anything else."""
    return next((tab for tab in TABS if tab.key == key), TABS[0])


def tabs(scope: CommentQuerySet, case: Case | None) -> list[CountedTab]:
    """Count every tab in one query; of one case alone where one is given."""
    counts = _of(scope, case).aggregate(**{tab.key: Count("pk", filter=tab.rows) for tab in TABS})
    return [CountedTab(tab.key, tab.label, counts[tab.key]) for tab in TABS]


def rows(scope: CommentQuerySet, tab: Tab, case: Case | None) -> CommentQuerySet:
    """Return the comments of a tab, oldest first, with what a row shows."""
    found = _of(scope, case).filter(tab.rows).order_by(*tab.order)
    return found.select_related("case__organisation", "case__library_entry", "decided_by")


def _of(scope: CommentQuerySet, case: Case | None) -> CommentQuerySet:
    return scope if case is None else scope.filter(case=case)
