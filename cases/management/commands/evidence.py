"""Print what the ledger says of a case's figures, one line each."""

import json

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from cases.evidence import verdicts
from cases.models import Case
from config.numbers import whole_number


class Command(BaseCommand):
    help = "Prints the figures of a case's present text with what they stand for and whether the ledger agrees."

    def add_arguments(self, parser):
        parser.add_argument("case", help="the number on its letters (案-2026-0001) or the row's number")
        parser.add_argument("--json", action="store_true", help="one JSON object a line")

    def handle(self, *args, **options):
        with transaction.atomic():
            case = self._case(options["case"])
            for line in verdicts.lines_of(case, case.current_revision):
                self.stdout.write(json.dumps(as_dict(line), ensure_ascii=False) if options["json"] else in_words(line))

    def _case(self, text):
        rows = Case.objects.select_related("organisation__region", "current_revision")
        year, _dash, sequence = text.removeprefix("案-").partition("-")
        if sequence:
            found = rows.filter(year=whole_number(year) or 0, sequence=whole_number(sequence) or 0).first()
        else:
            found = rows.filter(pk=whole_number(text) or 0).first()
        if found is None:
            raise CommandError(f"没有案例 {text}。")
        return found


def as_dict(line):
    """Return the object printed for a figure; what stands in no indicator has nulls."""
    binding, reading = line.binding, line.reading
    value = reading.value if reading else None
    return {
        "mention": line.figure.mention,
        "start": line.figure.start,
        "end": line.figure.end,
        "low": _number(line.interval.low),
        "high": _number(line.interval.high),
        "indicator": binding.key if binding else None,
        "scope": binding.organisation.code if binding else None,
        "period": binding.period if binding else None,
        "value": _number(value),
        "verdict": line.said or None,
    }


def in_words(line):
    words = f"…{line.before}【{line.figure.mention}】{line.after}…"
    said = [line.binding.label, line.reading.text if line.reading else "", line.said] if line.binding else ["—"]
    return "  ".join([words, *said])


def _number(value):
    if value is None:
        return None
    return int(value) if value == int(value) else float(value)
