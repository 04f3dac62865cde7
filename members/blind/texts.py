"""Sentences of the stand-alone script: the builder packs their translations beside this module."""

from __future__ import annotations

import json
import pkgutil


def _table() -> dict:
    try:
        return json.loads((pkgutil.get_data("members.blind", "texts.json") or b"{}").decode("utf-8"))
    except OSError:  # not packed: the sentences stay as written, and the app translates them itself
        return {}


TABLE = _table()


def gettext(message: str) -> str:
    """Return the sentence in the office's language."""
    return TABLE.get("messages", {}).get(message, message)


def gettext_noop(message: str) -> str:
    """Mark a sentence that is translated later."""
    return message


def fault(field: str, code: str) -> str:
    """Return why a cell could not be read."""
    return TABLE.get("faults", {}).get(f"{field}.{code}", f"{field}: {code}")


def evidence(code: str) -> str:
    """Return what a pass found, in words."""
    return TABLE.get("passes", {}).get(code, code)


class Faulty(Exception):
    """Something is wrong with a file or a phrase; `message` is a sentence with places for `values`."""

    def __init__(self, message: str, **values: object) -> None:
        super().__init__(message)
        self.message, self.values = message, values

    def __str__(self) -> str:
        return gettext(self.message) % self.values
