"""The small files that pass between the app and a department: strict JSON, every key known, every value checked (pure).

A ticket says which run, which side, which algorithm. A stub stays with the department: the key of its handles. A
return names the handles of the pairs found. None of them holds a name or a number.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from members.blind.texts import Faulty
from members.blind.texts import gettext_noop as _

SIDES = ("practitioners", "members")
ALGORITHMS = ("sm3", "sha256")
LIMIT_BYTES = 64 * 1024 * 1024
HEX = re.compile("[0-9a-f]*")
RUN = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
COMMON = {"format": str, "version": int, "run": str, "side": str}
KINDS = {
    "blind-ticket": {"title": str, "algorithm": str},
    "blind-stub": {"title": str, "key": str, "roll": str, "roll_sha256": str, "rows": int},
    "blind-return": {"pairs": list},
}


def write(path: Path, kind: str, **values: object) -> None:
    """Write one of the files, readable by its owner alone."""
    path.touch(mode=0o600)
    path.write_text(dumps(kind, **values), encoding="utf-8")


def dumps(kind: str, **values: object) -> str:
    """Return the text of one of the files."""
    return json.dumps({"format": kind, "version": 1, **values}, ensure_ascii=False, indent=1)


def load(path: Path, kind: str) -> dict:
    """Read one of the files. Raises: Faulty, where it is something else."""
    if path.stat().st_size > LIMIT_BYTES:
        raise _not_one(path, kind)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        raise _not_one(path, kind) from None
    wanted = dict(COMMON, **KINDS[kind])
    if (
        not isinstance(found, dict)
        or found.keys() != wanted.keys()
        or any(type(found[key]) is not wanted[key] for key in wanted)
        or (found["format"], found["version"]) != (kind, 1)
        or not RUN.fullmatch(found["run"])
        or found["side"] not in SIDES
        or found.get("algorithm", "sm3") not in ALGORITHMS
    ):
        raise _not_one(path, kind)
    return found


def _not_one(path: Path, kind: str) -> Faulty:
    messages = {
        "blind-ticket": _("%(name)s is not a task ticket of this program. Download it again from the run's page."),
        "blind-stub": _("%(name)s is not a counterfoil of this program."),
        "blind-return": _("%(name)s is no file of returned handles. Download it again from the run's page."),
    }
    return Faulty(messages[kind], name=path.name)
