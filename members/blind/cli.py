"""The questions of the stand-alone script: a menu for a double-click, commands for whoever prefers them (pure)."""

from __future__ import annotations

import argparse
import sys
from itertools import islice
from pathlib import Path

from members.blind import office, phrase, ticket, tokenfile
from members.blind.roll import ENDINGS, Roll
from members.blind.texts import Faulty, fault
from members.blind.texts import gettext as _
from members.digest import has_sm3

FAULTS_SHOWN = 12
ROLLS = [f"*{ending}" for ending in ENDINGS]


def main(arguments: list[str] | None = None) -> int:
    """Run one command, or the menu where none is given; return the exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        if options.command:
            return options.run(options)
        return _menu(parser)
    except Faulty as refusal:
        _say(f"\n{refusal}")
        return 1
    except (KeyboardInterrupt, EOFError):
        _say("\n" + _("Stopped. What was not finished is not used."))
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="blind-match.pyz", description=_("Match two rolls without handing them over.")
    )
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("phrase", help=_("draw the ten words")).set_defaults(run=_phrase)
    commands.add_parser("check", help=_("what this computer can do")).set_defaults(run=_check)
    making = commands.add_parser("make", help=_("turn a roll into tokens"))
    making.add_argument("--roll", type=Path)
    making.add_argument("--ticket", type=Path)
    making.set_defaults(run=_make)
    opening = commands.add_parser("open", help=_("turn returned handles into your own rows"))
    opening.add_argument("--handles", type=Path)
    opening.add_argument("--stub", type=Path)
    opening.add_argument("--roll", type=Path)
    opening.set_defaults(run=_open)
    return parser


def _menu(parser: argparse.ArgumentParser) -> int:
    _say(_("Blind match: everything happens on this computer; nothing is sent anywhere."))
    choices = {
        "1": ("phrase", _("draw the ten words (one department does this, once)")),
        "2": ("make", _("turn a roll into tokens")),
        "3": ("open", _("turn returned handles into your own rows")),
        "4": ("check", _("what this computer can do")),
    }
    for number, (_command, words) in choices.items():
        _say(f"  {number}  {words}")
    answer = _ask(_("Number: "))
    if answer not in choices:
        raise Faulty(_("Type one of the numbers shown."))
    result = main([choices[answer][0]])
    _ask(_("Press Enter to close."))
    return result


def _phrase(options: argparse.Namespace) -> int:
    _say(_("The ten words of this run. Read them to the other department on the phone; write them nowhere online:"))
    for place, word in enumerate(phrase.new(), 1):
        _say(f"  {place:>2}  {word}")
    return 0


def _check(options: argparse.Namespace) -> int:
    version = ".".join(map(str, sys.version_info[:3]))
    offers = _("yes") if has_sm3() else _("no; press “Use SHA-256” on the run's page")
    _say(_("Python %(version)s; SM3: %(offers)s") % {"version": version, "offers": offers})
    _say(_("SHA-256 of this program: %(sum)s") % {"sum": office.release_of(_program())})
    _say(_("It must be the one that the run's page shows."))
    return 0


def _make(options: argparse.Namespace) -> int:
    task = ticket.load(options.ticket or _file(_("Task ticket"), ["*-ticket.json"]), "blind-ticket")
    side = _(office.SIDE_NAMES[task["side"]])
    _say(
        _("Run: %(title)s; you are the %(side)s; algorithm %(name)s")
        % {"title": task["title"], "side": side, "name": task["algorithm"].upper()}
    )
    roll = Roll(options.roll or _file(_("Roll"), ROLLS))
    office.check_side(roll, task["side"])
    _understood(roll)
    words = phrase.read(_ask(_("The ten words, with spaces between: ")))
    made = office.make(roll, task, words, office.release_of(_program()), _progress)
    _say("")
    _counts(made.tally, set(roll.fields))
    if made.bad:
        _say(_("Rows with a cell that could not be read, with reasons: %(path)s") % {"path": made.bad.name})
    _say(_("Upload this file: %(path)s") % {"path": made.tokens.name})
    _say(_("Its fingerprint, which the page shows too: %(sum)s") % {"sum": fingerprint(made.sha256)})
    _say(_("Check value of the ten words, equal for both departments: %(check)s") % {"check": made.check})
    _say(_("Keep this file here, never send it; only it opens the result: %(path)s") % {"path": made.stub.name})
    return 0


def _open(options: argparse.Namespace) -> int:
    returned = ticket.load(options.handles or _file(_("Returned handles"), ["*-handles.json"]), "blind-return")
    stub = ticket.load(options.stub or _file(_("Counterfoil"), [f"*{_(office.STUB)}*.json"]), "blind-stub")
    beside = Path(stub["roll"])
    roll = Roll(options.roll or (beside if beside.is_file() else _file(_("Roll"), ROLLS)))
    numbers: dict[int, list[str]] = {}
    foreign = office.open_rows(returned, stub, roll, numbers)
    path = office.write_opened(roll, stub, numbers)
    _say(_("%(count)d of your rows opened: %(path)s") % {"count": len(numbers), "path": path.name})
    if foreign:
        _say(_("%(count)d handles were not made here and were left out: the file was changed.") % {"count": foreign})
    return 1 if foreign else 0


def _understood(roll: Roll) -> None:
    _say(_("What was understood of %(name)s:") % {"name": roll.path.name})
    for field, header in roll.fields.items():
        _say(f"  {_(office.FIELD_NAMES[field])}  ←  {header}")
    if roll.other_sheets:
        _say(_("Sheets that hold no people: %(names)s") % {"names": "、".join(roll.other_sheets)})


def _counts(tally: office.Noting, given: set[str]) -> None:
    _say(_("%(rows)d rows, of which %(bad)d cannot be matched at all") % {"rows": tally.rows, "bad": tally.unusable})
    told = ((found, count) for found, count in tally.faults.most_common() if found[0] in given)
    for (field, code), count in islice(told, FAULTS_SHOWN):
        _say(f"  {count:>7}  {fault(field, code)}")


def _file(label: str, patterns: list[str]) -> Path:
    """Ask for a file: a number of those in this folder, or a path, typed or dragged into the window."""
    found = sorted({path for pattern in patterns for path in Path().glob(pattern) if not _is_ours(path, patterns)})
    _say(f"\n{label}")
    for number, path in enumerate(found, 1):
        _say(f"  {number}  {path.name}")
    answer = _ask(_("Number, or drag the file here: ")).strip("'\"& ")
    if answer.isdigit() and 0 < int(answer) <= len(found):
        return found[int(answer) - 1]
    path = Path(answer)
    if not answer or not path.is_file():
        raise Faulty(_("There is no file %(name)s."), name=answer)
    return path


def _is_ours(path: Path, patterns: list[str]) -> bool:
    """Tell whether a file in the list of rolls is one that this script wrote."""
    if patterns is not ROLLS:
        return False
    with path.open("rb") as handle:
        return handle.read(64).startswith(b'{"format": "' + tokenfile.FORMAT.encode("ascii"))


def _progress(rows: int) -> None:
    sys.stdout.write("\r" + _("%(rows)d rows done") % {"rows": rows})
    sys.stdout.flush()


def fingerprint(sha256: str) -> str:
    """Write the start of a SHA-256 so that two people can compare it on the phone."""
    return " ".join(sha256[at : at + 4] for at in range(0, 16, 4))


def _program() -> Path:
    return Path(sys.argv[0])


def _ask(question: str) -> str:
    return input(question).strip()


def _say(text: str) -> None:
    try:
        sys.stdout.write(text + "\n")
    except UnicodeEncodeError:  # an old console that lacks a character
        sys.stdout.write(text.encode("ascii", "replace").decode("ascii") + "\n")
    sys.stdout.flush()
