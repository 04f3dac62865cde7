"""Prints every figure we promise, measured now on this machine: `make bench`, or `make bench ARGS="text search"`.

Exit status 1 when a promise is not kept. `text` runs here; `search` and `pages` have processes, a database of
100,000 cases and servers of their own (some ten minutes); `similarity` has one of 20,000 cases, `statistics` one of
100,000; `ledger` has a county and a province of 50 million rows (30 GB and more meanwhile); `mailbox` fills a real
IMAP server and kills what reads it; `evidence` seeds the demo; `matching` and `imports` make their own rosters. The
peers of these two are in requirements-scale.txt; without them their figures count as not kept.
"""

import os
import subprocess
import sys
import unicodedata

import django

SCRIPTS = (
    "matching",
    "imports",
    "mailbox",
    "evidence",
    "search",
    "similarity",
    "pages",
    "campaign",
    "statistics",
    "ledger",
)


def width(text):
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def text_figures():
    """Print the rows of `bench.text`; return how many promises are not kept."""
    from bench.text import measured  # noqa: PLC0415  (after django.setup)

    broken = 0
    for what, figure, promised, kept in measured():
        broken += not kept
        print(f"  {what}{' ' * max(1, 60 - width(what))}{figure:<36} {promised:<34} {'kept' if kept else 'NOT KEPT'}")
    return broken


def main(wanted):
    broken = 0
    if not wanted or "text" in wanted:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        django.setup()
        print("text", flush=True)
        broken += text_figures()
    for name in wanted or SCRIPTS:
        if name in SCRIPTS:
            print(f"\n{name}", flush=True)
            broken += subprocess.run([sys.executable, "-m", f"bench.{name}"]).returncode != 0
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
