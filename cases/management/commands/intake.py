"""Take write-ups in from files, or only show what taking them in would do."""

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from cases.actions import intake
from cases.evidence import figures
from cases.intake.arrival import Arrival, as_dict, examine
from cases.intake.receipt import KIND_LABELS
from cases.models import Case, Intake
from config.errors import FileRefused, Refused, Unreadable
from members.models import Organisation


@dataclass(frozen=True)
class Result:
    """What one file came to: an arrival, perhaps its case, or a refusal."""

    file: str
    arrival: Arrival | None = None
    case: Case | None = None
    warnings: tuple[dict, ...] = ()


class Command(BaseCommand):
    help = "Take in write-ups (.txt .docx .html .md): keep the original, clean the text, open a case for each."

    def add_arguments(self, parser):
        parser.add_argument("files", nargs="+", metavar="FILE")
        parser.add_argument("--dry-run", action="store_true", help="clean and report, store nothing")
        parser.add_argument("--json", action="store_true", dest="as_json", help="one JSON object a line on stdout")
        parser.add_argument("--organisation", metavar="CODE", help="code of the organisation that submits")

    def handle(self, *, files, dry_run, as_json, organisation, **options):
        body = None if dry_run else submitting_organisation(organisation)
        failed = False
        for file in files:
            result = taken_in(file, body)
            failed = failed or result.arrival is None
            self.stdout.write(as_line(result) if as_json else as_words(result))
            self.stdout.flush()
        if failed:
            sys.exit(1)


def submitting_organisation(code):
    """Return the organisation named, or the only one there is. Raises: CommandError with what to do."""
    current = Organisation.objects.current()
    if code:
        found = Organisation.objects.by_code(code)  # the code of a merged organisation finds the one it became
        if found is None or found.closed_on is not None:
            raise CommandError(_("There is no organisation with the code “%(code)s”.") % {"code": code})
        return found
    only = current.order_by("path")[:2]
    if len(only) != 1:
        raise CommandError(_("Name the organisation that submits with --organisation CODE, or add --dry-run."))
    return only[0]


def taken_in(file, organisation):
    """Read one file and, with an organisation, store it; a refusal becomes the result's warning."""
    try:
        data = Path(file).read_bytes()
    except OSError as error:
        message = _("The file cannot be opened: %(reason)s.") % {"reason": error.strerror}
        return Result(file, warnings=({"code": "not_opened", "message": message},))
    name = Path(file).name
    try:
        arrival = examine(data, name)
        if organisation is None:
            return Result(file, arrival, warnings=tuple(as_dict(caution) for caution in arrival.warnings))
        case = intake.receive(
            data=data, filename=name, door=Intake.Door.COMMAND, organisation=organisation, by=None, arrival=arrival
        )
    except (FileRefused, Unreadable, Refused) as refusal:
        return Result(file, warnings=({"code": refusal.code, "message": str(refusal)},))
    return Result(file, arrival, case, tuple(case.intakes.get().warnings))


def as_line(result):
    """Return the object of one file as a line of JSON; a refused file has no body."""
    arrival = result.arrival
    row = {
        "file": result.file,
        "format": arrival.reading.format if arrival else None,
        "title": arrival.cleaned.title if arrival else None,
        "title_fits_body": arrival.cleaned.title_fits_body if arrival else None,
        "body": arrival.cleaned.body if arrival else None,
        "characters": arrival.cleaned.characters if arrival else 0,
        "fixes": [{"kind": fix.kind, "removed": fix.removed, "at": fix.at} for fix in arrival.cleaned.fixes]
        if arrival
        else [],
        "figures": [asdict(figure) for figure in figures.extract(arrival.cleaned.body)] if arrival else [],
        "warnings": [{"code": warning["code"], "message": warning["message"]} for warning in result.warnings],
        "case": result.case.number if result.case else None,
    }
    return json.dumps(row, ensure_ascii=False)


def as_words(result):
    """Return a summary of one file for a person at the terminal."""
    if result.arrival is None:
        return "\n".join([result.file, *(f"  ✗ {warning['message']}" for warning in result.warnings)])
    cleaned = result.arrival.cleaned
    counts = {}
    for fix in cleaned.fixes:
        counts[fix.kind] = counts.get(fix.kind, 0) + 1
    kinds = "、".join(f"{KIND_LABELS.get(kind, kind)} {count}" for kind, count in counts.items())
    facts = _("%(characters)d characters, %(fixes)d places cleaned, %(figures)d figures") % {
        "characters": cleaned.characters,
        "fixes": len(cleaned.fixes),
        "figures": len(figures.extract(cleaned.body)),
    }
    title, cleaned_label, nothing = _("Title"), _("Cleaned"), _("Dry run: nothing was stored.")
    lines = [result.file, f"  {title}：{result.arrival.title}", f"  {facts}"]
    if kinds:
        lines.append(f"  {cleaned_label}：{kinds}")
    lines += [f"  ⚠ {warning['message']}" for warning in result.warnings]
    lines.append(f"  → {result.case.number}" if result.case else f"  {nothing}")
    return "\n".join(lines)
