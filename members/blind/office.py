"""What a department does on its own computer: entries into a token file, returned handles into its own rows (pure).

Writes beside the roll: the token file, which is uploaded; the counterfoil, which never leaves and alone opens the
handles; the bad rows with reasons. Nothing is sent anywhere: the script has no network code at all.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from members.blind import handles, ticket, tokenfile, xlsx
from members.blind.phrase import RunKey
from members.blind.roll import Roll, sha256_of
from members.blind.texts import Faulty, evidence, fault
from members.blind.texts import gettext as translate
from members.blind.texts import gettext_noop as _
from members.digest import has_sm3
from members.matching import tokens
from members.matching.entries import Entry
from members.matching.prepare import Tally, clean

TOLD_EVERY = 5000


@dataclass
class Made:
    """What turning a roll into tokens left on the disk, and the counts."""

    tokens: Path
    stub: Path
    check: str
    tally: Tally
    sha256: str = ""
    bad: Path | None = None


class Noting(Tally):
    """A tally that keeps the faults of the row at hand."""

    row_faults: tuple = ()

    def note(self, entry: Entry, name: str, code: str) -> None:
        """Count a fault, and remember it for this row."""
        super().note(entry, name, code)
        if code != "missing":
            self.row_faults += ((name, code),)


def check_side(roll: Roll, side: str) -> None:
    """Refuse a roll that is plainly the other side's. Raises: Faulty."""
    is_members = "branch" in roll.fields and "plate" not in roll.fields
    is_practitioners = "plate" in roll.fields and "branch" not in roll.fields
    if (side == "practitioners" and is_members) or (side == "members" and is_practitioners):
        raise Faulty(
            _("%(name)s looks like the other department's roll: check that ticket and roll belong together."),
            name=roll.path.name,
        )


def make(
    roll: Roll,
    task: dict,
    phrase: list[str],
    release: str,
    progress: Callable[[int], None] = lambda rows: None,
) -> Made:
    """Turn a roll into tokens for one run; see above for what is written.

    Raises: Faulty, where this computer lacks the run's algorithm or the roll is the other side's.
    """
    if task["algorithm"] == "sm3" and not has_sm3():
        raise Faulty(
            _(
                "This computer's Python has no SM3. Press “Use SHA-256” on the run's page, then both departments "
                "download their tickets again."
            )
        )
    check_side(roll, task["side"])
    key = RunKey(phrase, task["run"], task["algorithm"])
    owner = secrets.token_bytes(32)
    tally = Noting()
    bad: list[list[str]] = []
    stem = f"{task['run'][:8]}-{translate(SIDE_NAMES[task['side']])}"
    made = Made(
        tokens=_free(roll, f"{stem}-{translate(TOKENS)}.txt"),
        stub=_free(roll, f"{stem}-{translate(STUB)}.json"),
        check=key.check,
        tally=tally,
    )
    head = {
        "run": task["run"],
        "side": task["side"],
        "tokens": key.digest.version,
        "release": release,
        "check": key.check,
        "roll": key.digest.token("roll", roll.sha256).hex(),
    }
    made.sha256 = tokenfile.write(made.tokens, head, _lines(roll, key, owner, task["run"], tally, bad, progress))
    ticket.write(
        made.stub,
        "blind-stub",
        run=task["run"],
        side=task["side"],
        title=task["title"],
        key=base64.b64encode(owner).decode("ascii"),
        roll=roll.path.name,
        roll_sha256=roll.sha256,
        rows=tally.rows,
    )
    if bad:
        made.bad = _free(roll, f"{stem}-{translate(TO_CORRECT)}.xlsx")
        header = [translate(_("Row of the data")), *(translate(FIELD_NAMES[name]) for name in SHOWN)]
        xlsx.write(made.bad, [*header, translate(_("What is wrong"))], bad)
    return made


def _lines(
    roll: Roll,
    key: RunKey,
    owner: bytes,
    run: str,
    tally: Noting,
    bad: list[list[str]],
    progress: Callable[[int], None],
) -> Iterator[str]:
    for entry in roll.entries():
        tally.row_faults = ()
        values = clean(entry, tally)
        if tally.row_faults:
            reasons = " ".join(fault(*found) for found in tally.row_faults)
            bad.append([str(entry.number), *(getattr(entry, name) for name in SHOWN), reasons])
        if tally.rows % TOLD_EVERY == 0:
            progress(tally.rows)
        yield tokenfile.row(
            handles.seal(owner, run, entry.number),
            tokens.core(key.digest, values),
            tokens.repaired(key.digest, values),
            tokens.closer(key.digest, values),
        )


def open_rows(returned: dict, stub: dict, roll: Roll, numbers: dict[int, list[str]]) -> int:
    """Fill `numbers` (row number to its cells in the result) from returned handles; return how many were foreign.

    Raises: Faulty, where the three files do not belong together.
    """
    if (returned["run"], returned["side"]) != (stub["run"], stub["side"]):
        raise Faulty(_("The returned handles and the counterfoil belong to different runs or sides."))
    if roll.sha256 != stub["roll_sha256"]:
        raise Faulty(
            _("%(name)s is not the roll of this run (%(roll)s), or was changed since. Take the file as it was then."),
            name=roll.path.name,
            roll=stub["roll"],
        )
    key, foreign = base64.b64decode(stub["key"]), 0
    for pair in returned["pairs"]:
        try:
            number = handles.unseal(key, stub["run"], bytes.fromhex(pair["handle"]))
            told = [str(pair["number"]), evidence(pair["pass"]), translate(DECIDE if pair["decide"] else SURE)]
        except (KeyError, TypeError, ValueError, AttributeError):
            number, told = 0, []
        if number:
            numbers[number] = [*told, pair["handle"]]
        else:
            foreign += 1
    return foreign


def write_opened(roll: Roll, stub: dict, numbers: dict[int, list[str]]) -> Path:
    """Write the department's own rows of the pairs into a workbook beside the roll; return where."""
    header: list[str] = []
    rows = []
    for number, headers, cells in roll.rows():
        if number in numbers:
            header = header or headers
            rows.append((int(numbers[number][0]), [*numbers[number], *cells]))
    rows.sort()
    path = _free(roll, f"{stub['run'][:8]}-{translate(SIDE_NAMES[stub['side']])}-{translate(OPENED)}.xlsx")
    own = [translate(text) for text in (_("Pair"), _("Evidence"), _("To do"), _("Handle"))]
    xlsx.write(path, [*own, *header], [cells for _pair, cells in rows])
    return path


def release_of(path: Path) -> str:
    """Return the packed script's own SHA-256, which the run's page shows too."""
    return sha256_of(path) if path.is_file() else "0" * 64


def _free(roll: Roll, name: str) -> Path:
    """Return a path beside the roll that nothing stands at yet."""
    path = roll.path.resolve().parent / name
    for again in range(2, 1000):
        if not path.exists():
            break
        path = path.with_name(f"{Path(name).stem}-{again}{Path(name).suffix}")
    return path


SIDE_NAMES = {"practitioners": _("practitioners' side"), "members": _("members' side")}
STUB = _("counterfoil")
TOKENS = _("tokens")
TO_CORRECT = _("rows to correct")
OPENED = _("opened rows")
SURE = _("sure by the rules")
DECIDE = _("to be decided")
SHOWN = ("name", "id_no", "phone", "plate")
FIELD_NAMES = {
    "rid": _("id of the row"),
    "name": _("full name"),
    "id_no": _("identity number"),
    "phone": _("mobile number"),
    "plate": _("plate"),
    "birth": _("birth date"),
    "employer": _("employer"),
    "branch": _("party branch"),
}
