"""Match two rosters from the command line: large rolls, tests, and what a county's officer may try first.

Touches no table; the run's key lives in memory and dies with the process.
"""

import json
import sys
from collections import Counter
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from config.errors import Refused
from members import identity_faults
from members.matching import engines, explain, run
from members.matching.prepare import Tally, clean
from members.matching.rosters import Roster, open_roster, refuse_mixed_up

SHOWN = 10


class Command(BaseCommand):
    help = (
        "Finds the members of one roster among the practitioners of another (csv, xlsx, xls, parquet) "
        "and writes explained pairs."
    )
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument("--practitioners", type=Path, required=True, help="the drivers' and couriers' roster")
        parser.add_argument("--members", type=Path, required=True, help="the party members' roster")
        parser.add_argument("--engine", choices=engines.NAMES, default="duckdb")
        parser.add_argument(
            "--dry-run", action="store_true", help="say what was understood of the files; match nothing"
        )
        parser.add_argument("--json", metavar="OUT", help="write the pairs as JSON lines to OUT, - for the screen")
        parser.add_argument("--threshold", type=float, default=0.9, help="least probability of a pair (0.9)")

    def handle(self, *args, **options):
        if not 0 <= options["threshold"] <= 1:
            raise CommandError(_("The threshold is a probability between 0 and 1."))
        try:
            rosters = [open_roster(options[name]) for name in ("practitioners", "members")]
            refuse_mixed_up(*rosters)
            if options["dry_run"]:
                for title, roster in zip(self.titles(), rosters, strict=True):
                    self.describe(title, roster, tally_of(roster))
                return
            result = run.match(*rosters, engines.make(options["engine"]))
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        pairs = [pair for pair in result.pairs if pair.probability >= options["threshold"]]
        if options["json"]:
            self.write(options["json"], result, pairs)
        if options["json"] != "-":
            titles = self.titles()
            self.describe(titles[0], rosters[0], result.practitioners)
            self.describe(titles[1], rosters[1], result.members)
            self.summarise(result, pairs)

    def titles(self):
        return _("The practitioners' roster"), _("The members' roster")

    def write(self, out, result, pairs):
        """Write one line per pair, strongest first. Nothing is left half written."""
        lines = (
            json.dumps(
                {
                    "practitioner": result.practitioner_ids[pair.practitioner],
                    "member": result.member_ids[pair.member],
                    "probability": pair.probability,
                    "pass": pair.code,
                    "explanation": explain.as_json(pair.explanation),
                },
                ensure_ascii=False,
            )
            + "\n"
            for pair in pairs
        )
        if out == "-":
            sys.stdout.writelines(lines)
            return
        draft = Path(f"{out}.part")
        try:
            with draft.open("w", encoding="utf-8") as handle:
                handle.writelines(lines)
            draft.replace(out)
        except OSError as error:
            raise CommandError(_("%(name)s cannot be written.") % {"name": out}) from error

    def describe(self, title: str, roster: Roster, tally: Tally):
        """Say what was understood of a roster: columns, rows, bad cells with reasons; never a cell's content."""
        self.stdout.write(f"\n{title}: {roster.path.name}")
        self.stdout.write("  " + _("rows: %(rows)s") % {"rows": tally.rows})
        for field, header in roster.fields.items():
            note = " " + _("(the column is empty)") if tally.is_empty(field) else ""
            self.stdout.write(f"  {header.strip()} → {field}{note}")
        for label, names in ((_("not used"), roster.not_understood), (_("other sheets"), roster.other_sheets)):
            if names:
                self.stdout.write(f"  {label}: {'、'.join(name.strip() for name in names)}")
        for (field, fault), rows in sorted(tally.faults.items()):
            if field in roster.fields:
                reason = identity_faults.sentence(field, fault)
                self.stdout.write("  " + _("%(rows)s rows: %(reason)s") % {"rows": rows, "reason": reason})
        shown = [(number, identity_faults.sentence(field, fault)) for number, field, fault in tally.examples[:SHOWN]]
        for number, reason in shown:
            self.stdout.write("    " + _("row %(number)s: %(reason)s") % {"number": number, "reason": reason})
        if tally.unusable:
            self.stdout.write("  " + _("rows that cannot be matched at all: %(rows)s") % {"rows": tally.unusable})

    def summarise(self, result, pairs):
        """Count the pairs per pass and explain the first few of each that a person must decide."""
        counts = Counter(pair.code for pair in pairs)
        automatic = sum(pair.is_automatic for pair in pairs)
        self.stdout.write(
            "\n"
            + _("%(pairs)s pairs: %(automatic)s automatic, %(review)s to be decided.")
            % {"pairs": len(pairs), "automatic": automatic, "review": len(pairs) - automatic}
        )
        for code, words in explain.PASSES.items():
            if counts[code]:
                self.stdout.write(f"  {counts[code]:>7}  {code:<18} {words}")
        self.stdout.write(
            _("model %(model)s, tokens %(tokens)s; the run's key is gone.")
            % {"model": result.model.version, "tokens": result.token_version}
        )


def tally_of(roster):
    """Read a roster through without matching it."""
    tally = Tally()
    for entry in roster.entries():
        clean(entry, tally)
    return tally
