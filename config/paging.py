"""Lists in pages, and lists a reader can sort by their columns."""

from dataclasses import dataclass

from django.core.paginator import Page, Paginator


def paginate(request, queryset, per_page=50, keys_first=False) -> Page:
    """The page that `?page=` asks for; a number out of reach or no number gives the nearest page.

    One count and one slice; the queryset must be ordered by something unique last. `keys_first` looks for the keys of
    the page alone and then loads these rows: of a list of 100,000 with many joins, only the rows shown are joined.
    """
    paginator = Paginator(queryset, per_page)
    number = min(max(_number(request.GET.get("page")), 1), paginator.num_pages)
    page = paginator.page(number)
    if keys_first:
        keys = list(page.object_list.values_list("pk", flat=True))
        page.object_list = sorted(queryset.filter(pk__in=keys), key=lambda row: keys.index(row.pk))
    return page


def _number(text):
    try:
        return int(text)
    except (TypeError, ValueError):
        return 1


@dataclass(frozen=True)
class Column:
    """A column of a table: `order_by` holds the fields it sorts by, none if it can't."""

    key: str
    label: str
    order_by: tuple[str, ...] = ()
    is_number: bool = False


@dataclass(frozen=True)
class Head:
    """A column head as one page shows it; `direction` is what aria-sort says."""

    label: str
    is_number: bool
    is_sortable: bool
    direction: str
    next_sort: str


class Sorting:
    """Which column a table is sorted by, from `?sort=key` or `?sort=-key`; unknown values mean the default."""

    def __init__(self, request, columns, default):
        self.columns = columns
        by_key = {column.key: column for column in columns if column.order_by}
        asked = request.GET.get("sort", "")
        self.value = asked if asked.removeprefix("-") in by_key else default
        self.column = by_key[self.value.removeprefix("-")]
        self.is_descending = self.value.startswith("-")

    @property
    def order_by(self):
        """Field names for `order_by`, made stable by the primary key."""
        names = [_flip(name) if self.is_descending else name for name in self.column.order_by]
        return (*names, "-pk" if self.is_descending else "pk")

    @property
    def heads(self):
        """The column heads for `{% table_head %}`."""
        return [self._head(column) for column in self.columns]

    @property
    def choices(self):
        """What `components/sort_choice.html` offers where no column heads are seen: (value, column, is descending)."""
        sortable = [column for column in self.columns if column.order_by]
        return [(f"{sign}{column.key}", column.label, bool(sign)) for column in sortable for sign in ("", "-")]

    def _head(self, column):
        is_current = column is self.column
        direction = ("descending" if self.is_descending else "ascending") if is_current else "none"
        next_sort = f"-{column.key}" if is_current and not self.is_descending else column.key
        return Head(column.label, column.is_number, bool(column.order_by), direction, next_sort)


def _flip(name):
    return name[1:] if name.startswith("-") else f"-{name}"
