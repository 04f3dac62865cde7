"""The figures of the two real write-ups beside the demo's ledger: what a case's verdicts cost.

`python -m bench.evidence [--rounds 15]`. The demo's two counties with their ledger lie in a database of their own; the
write-ups come in through the intake, as their units would send them. Measured is `verdicts.lines_of` with every
number read, as the proposals stand and again after every proposal was confirmed; then all that the page of figures
asks for beside it: changes since earlier revisions, the unit's other cases, questions.
"""

import argparse
import sys

from bench import scratch
from bench.text import NAMES, OWN, median_ms, write_ups

UNITS = dict(zip(NAMES, ("zhaoyuan-transport", "linshu-logistics-committee"), strict=True))
LIMIT_MS = 100


def sent_in(name, data):
    """Take a write-up in for its unit; return the case."""
    from cases.actions import intake  # noqa: PLC0415  (after django.setup)
    from cases.models import Case, Intake  # noqa: PLC0415
    from members.models import Organisation  # noqa: PLC0415

    unit = Organisation.objects.get(code=UNITS.get(name, UNITS[NAMES[0]]))
    case = intake.receive(data=data, filename=f"{name}.txt", door=Intake.Door.UPLOAD, organisation=unit, by=None)
    return Case.objects.select_related("organisation__region", "current_revision").get(pk=case.pk)


def confirmed(case, lines, by):
    """Confirm every proposal, each once a place."""
    from cases.actions import evidence  # noqa: PLC0415

    for line in {line.context: line for line in lines if line.binding}.values():
        binding = line.binding
        evidence.confirm(case=case, context=line.context, key=binding.key, filters=binding.filters,
                         organisation=binding.organisation, period=binding.period, by=by)  # fmt: skip


def beside(case, lines):
    """Read what the page shows beside the verdicts."""
    from cases import queries_question  # noqa: PLC0415
    from cases.evidence import changes, contradictions  # noqa: PLC0415
    from cases.models import Case  # noqa: PLC0415

    for line in lines:
        line.changed, line.elsewhere, line.questions = None, [], []
    changes.mark(case, case.current_revision, lines)
    queries_question.place_beside(case, lines)
    contradictions.mark_others(case, lines, Case.objects.all())


def measured(name, data, rounds, editor):
    """Print what one write-up costs; say whether the promise is kept."""
    from cases.evidence import verdicts  # noqa: PLC0415

    case = sent_in(name, data)
    lines = verdicts.lines_of(case, case.current_revision)
    proposed = median_ms(lambda: verdicts.lines_of(case, case.current_revision), rounds)
    confirmed(case, lines, editor)
    bound = median_ms(lambda: verdicts.lines_of(case, case.current_revision), rounds)
    lines = verdicts.lines_of(case, case.current_revision)
    more = median_ms(lambda: beside(case, lines), rounds)
    counts = verdicts.counts(lines)
    kept = max(proposed, bound) <= LIMIT_MS
    said = ", ".join(f"{counts[each]} {each}" for each in ("matches", "differs", "no_record", "external"))
    print(f"  {name}: {counts['all']} figures, {counts['confirmed']} bound ({said})")
    print(f"    verdicts {proposed:.0f} ms as proposed, {bound:.0f} ms confirmed, promised {LIMIT_MS}: "
          f"{'kept' if kept else 'MISSED'}; changes, others, questions {more:.0f} ms more", flush=True)  # fmt: skip
    return kept


def main(arguments=None):
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=15)
    options = options.parse_args(arguments)
    texts = write_ups() or {"own text": (OWN * 100).encode()}
    with scratch.database("bench_evidence") as owner:
        from django.db import transaction  # noqa: PLC0415

        from config import first_run  # noqa: PLC0415
        from members.middleware import set_scope  # noqa: PLC0415
        from members.models import User  # noqa: PLC0415

        first_run.prepare(say=lambda _said: None)
        with owner.cursor() as cursor:
            cursor.execute("analyze")  # as autovacuum has done a minute after
        with transaction.atomic():
            set_scope(["*"])
            editor = User.objects.get(username="editor1")
            kept = [measured(name, data, options.rounds, editor) for name, data in texts.items()]
    return all(kept)


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
