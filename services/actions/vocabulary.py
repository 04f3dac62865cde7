"""The ledger's vocabulary: loading what every installation starts with."""

import tomllib
from datetime import date
from pathlib import Path

from django.db import transaction

from services.models import Duty, Kind, Phrase

SEED = Path(__file__).resolve().parents[1] / "vocabulary.toml"
# Our choice: cadences hold from the regulation's own first day, so that imported history can be looked at by them.
DUTIES_SINCE = date(2018, 10, 28)
COLUMNS = {"due": "due_days", "person": "is_person_needed", "body": "is_body_needed", "number": "is_number_asked"}


@transaction.atomic
def load() -> int:
    """Enter the kinds, duties and sentences of the seed file that are not there yet; return how many kinds it names.

    What a county renamed, retired or added stays as it is, so this may run at every start.
    """
    seed = tomllib.loads(SEED.read_text(encoding="utf-8"))
    kinds = {kind.code: kind for kind in Kind.objects.all()}
    count = 0
    for section in seed["kind"]:
        for position, row in enumerate(section["rows"], start=1):
            count += 1
            if row["code"] not in kinds:
                kinds[row["code"]] = _kind(section["domain"], position * 10, row)
                for place, text in enumerate(seed["phrases"].get(row["code"], [])):
                    Phrase.objects.create(kind=kinds[row["code"]], text=text, position=place)
    for row in seed["duty"]:
        values = {name: kinds[row[name]] for name in ("pairing_kind", "proof_kind") if name in row}
        same = {"label": row["label"], "organisation": None, "body_kind": row.get("body_kind", "")}
        plain = {"every": row["every"], "proof": row["proof"], "starts_on": DUTIES_SINCE}
        Duty.objects.get_or_create(**same, defaults=plain | values)
    return count


def _kind(domain: str, position: int, row: dict) -> Kind:
    more = {column: row[name] for name, column in COLUMNS.items() if name in row}
    return Kind.objects.create(
        domain=domain, group=row["group"], code=row["code"], label=row["label"], position=position, **more
    )
