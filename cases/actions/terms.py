"""The table of term rules: loading, adding, changing, retiring. Nothing is ever deleted."""

import tomllib
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from cases.models import TermRule
from members import audit
from members.models import User

SEED = Path(__file__).resolve().parents[1] / "evidence" / "terms.toml"


@transaction.atomic
def load() -> int:
    """Enter the rules of the seed file that are not there yet; return how many it names. What was changed stays."""
    rows = tomllib.loads(SEED.read_text(encoding="utf-8"))["rule"]
    TermRule.objects.bulk_create((TermRule(**row) for row in rows), ignore_conflicts=True)
    return len(rows)


@transaction.atomic
def add(*, by: User, **values: str) -> TermRule:
    """Add a rule. Side effects in order: row, audit row."""
    rule = TermRule.objects.create(**values)
    audit.record(actor=by, event="term.add", target=rule)
    return rule


@transaction.atomic
def change(*, rule: TermRule, by: User, **values: str) -> TermRule:
    """Change a rule. Side effects in order: lock, row, audit row with the names changed."""
    rule = _locked(rule)
    changed = [name for name, value in values.items() if getattr(rule, name) != value]
    for name in changed:
        setattr(rule, name, values[name])
    if changed:
        rule.save(update_fields=changed)
        audit.record(actor=by, event="term.change", target=rule, fields=sorted(changed))
    return rule


@transaction.atomic
def retire(*, rule: TermRule, by: User) -> None:
    """Check by a rule no longer. Side effects in order: lock, date, audit row."""
    rule = _locked(rule)
    if rule.retired_on is None:
        rule.retired_on = timezone.localdate()
        rule.save(update_fields=["retired_on"])
        audit.record(actor=by, event="term.retire", target=rule)


@transaction.atomic
def restore(*, rule: TermRule, by: User) -> None:
    """Check by a retired rule again. Side effects in order: lock, date, audit row."""
    rule = _locked(rule)
    if rule.retired_on is not None:
        rule.retired_on = None
        rule.save(update_fields=["retired_on"])
        audit.record(actor=by, event="term.restore", target=rule)


def _locked(rule: TermRule) -> TermRule:
    return TermRule.objects.select_for_update().get(pk=rule.pk)
