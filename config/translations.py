"""Translations without GNU gettext: Babel compiles the .po files."""

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE_DIR = Path(__file__).resolve().parent.parent / "locale"


def compile_messages(locale_dir: Path = LOCALE_DIR) -> list[Path]:
    """Write the .mo beside every .po that is newer than it; return the .mo files written."""
    written = []
    for source in sorted(locale_dir.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with open(source, "rb") as handle:
            catalog = read_po(handle, locale=source.parent.parent.name)
        draft = target.with_suffix(".mo.part")
        with open(draft, "wb") as handle:
            write_mo(handle, catalog)
        draft.replace(target)
        written.append(target)
    return written
