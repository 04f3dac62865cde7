"""Prints every figure we promise, measured now on this machine: `make bench`, or `make bench ARGS="text pages"`.

Each module's `measured()` returns rows of (what, measured, promised, kept). Exit status 1 when a promise is not kept.
"""

import importlib
import os
import sys
import unicodedata

import django

MODULES = ("text", "library", "search")


def width(text):
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def main(wanted):
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    broken = 0
    for name in wanted or MODULES:
        print(f"\n{name}", flush=True)
        for what, figure, promised, kept in importlib.import_module(f"bench.{name}").measured():
            broken += not kept
            print(
                f"  {what}{' ' * max(1, 60 - width(what))}{figure:<36} {promised:<34} {'kept' if kept else 'NOT KEPT'}"
            )
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
