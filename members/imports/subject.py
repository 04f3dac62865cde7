"""What an import is about: the seam by which the ledger's workbooks go the register's way.

The mechanism (`members.actions.batch`, `batch_run`) receives, remembers, enters chunk by chunk, gives back and undoes;
a subject says what a column means, what a row is, and what becomes of it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from config.errors import Refused
from members.imports.layout import Examined, Layout
from members.models import ImportBatch, User
from members.permissions import Permission

Cells = list[str]


@dataclass
class Entered:
    """What one chunk came to; `bad` holds the rows not taken, each with its faults."""

    created: int = 0
    filled: int = 0
    known: int = 0
    bad: list = field(default_factory=list)


@dataclass(frozen=True)
class Subject:
    """One sort of row that workbooks are imported into. `code` is stored with the batch and with remembered names.

    `refusal(batch, fields)` says why these columns are not enough, or nothing. `enter` and `take_back` run in the
    caller's transaction, which has locked the batch and sees every row.
    """

    code: str
    permission: Permission
    outside: str
    no_header: str
    understand: Callable[[list[Cells], Mapping[str, str]], Layout | None]
    refusal: Callable[[ImportBatch, list[str]], Refused | None]
    examine: Callable[[ImportBatch, Iterable[Cells]], Examined]
    enter: Callable[[ImportBatch, list[Cells]], Entered]
    take_back: Callable[[ImportBatch, User], dict[str, int]]
