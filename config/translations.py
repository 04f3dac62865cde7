"""Translations without GNU gettext: Babel extracts, sorts, checks and compiles the .po files.

`python -m config.translations` brings the .po up to date and prints what is still wrong with it; with
`--check` it changes nothing.
"""

import re
import sys
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

BASE_DIR = Path(__file__).resolve().parent.parent
LOCALE_DIR = BASE_DIR / "locale"
PO_FILE = LOCALE_DIR / "zh_Hans" / "LC_MESSAGES" / "django.po"
SOURCES = (
    "config/**/*.py",
    "members/**/*.py",
    "services/**/*.py",
    "cases/**/*.py",
    "templates/**/*.html",
    "templates/**/*.txt",
)

SINGLE = dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop"))
PLURAL = dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2))
CONTEXT = dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2))
KEYWORDS = SINGLE | PLURAL | CONTEXT | dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3))

# No dates, names or tool versions: two branches that both add messages merge without a conflict.
HEADER = r"""msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\n"
"Language: zh_Hans\n"
"Plural-Forms: nplurals=1; plural=0;\n"

"""
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
HANZI = "\u4e00-\u9fff"
HALF_WIDTH = re.compile(rf"[{HANZI}][,;:!?()]|[,;:!?()][{HANZI}]|[{HANZI}]\.(?!\w)")


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


def messages_in(path: Path) -> list[tuple]:
    """Every message of one file as (msgid or (singular, plural), context or None), in order."""
    source = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        # Django's own preparation turns a template into lines of gettext() calls; without indents they tokenize.
        source = "\n".join(line.strip() for line in templatize(source, origin=str(path)).splitlines())
    found = extract("python", BytesIO(source.encode()), keywords=KEYWORDS, options={"encoding": "utf-8"})
    return [(message, context) for _line, message, _comments, context in found]


def extracted(base_dir: Path = BASE_DIR) -> Catalog:
    """A catalog of every message in the code and the templates, without translations."""
    catalog = Catalog(locale="zh_Hans")
    for pattern in SOURCES:
        for path in sorted(base_dir.glob(pattern)):
            for message, context in messages_in(path):
                catalog.add(message, context=context)
    return catalog


def translated(po_file: Path = PO_FILE) -> Catalog:
    """The catalog as it stands in the repository; empty where there is none yet."""
    if not po_file.exists():
        return Catalog(locale="zh_Hans")
    with open(po_file, "rb") as handle:
        return read_po(handle, locale="zh_Hans")


def update(po_file: Path = PO_FILE, base_dir: Path = BASE_DIR) -> None:
    """Rewrite the .po: new messages empty, known translations kept, obsolete ones gone, sorted by msgid."""
    known, fresh = translated(po_file), extracted(base_dir)
    for message in fresh:
        if message.id and (old := known.get(message.id, message.context)):
            message.string = _as_plural(message, old)
    body = BytesIO()
    write_po(body, fresh, width=0, no_location=True, omit_header=True, sort_output=True, ignore_obsolete=True)
    po_file.parent.mkdir(parents=True, exist_ok=True)
    po_file.write_text(HEADER + body.getvalue().decode().strip() + "\n", encoding="utf-8")


def _as_plural(message: Message, old: Message) -> str | tuple[str, ...]:
    """The old translation in the shape the message now needs."""
    text = old.string[0] if isinstance(old.string, tuple | list) else old.string
    return (text,) if message.pluralizable else text


def problems(po_file: Path = PO_FILE, base_dir: Path = BASE_DIR) -> list[str]:
    """What is wrong with the translation, one line each: missing, fuzzy, obsolete, placeholders, widths."""
    known, fresh = translated(po_file), extracted(base_dir)
    found = []
    for message in fresh:
        if not message.id:
            continue
        old = known.get(message.id, message.context)
        text = _as_plural(message, old) if old else ""
        text = text[0] if isinstance(text, tuple) else text
        found += [f"{kind}: {_name(message)}" for kind in _faults(message, old, text)]
    wanted = {(_key(message), message.context) for message in fresh}
    found += [
        f"obsolete: {_name(message)}"
        for message in known
        if message.id and (_key(message), message.context) not in wanted
    ]
    return sorted(found)


def _faults(message: Message, old: Message | None, text: str) -> list[str]:
    if re.search(f"[{HANZI}]", _key(message)):
        return ["message id is not English"]
    if not text:
        return ["missing"]
    checks = {
        "fuzzy": old.fuzzy,
        "placeholders differ": _placeholders(text) != _placeholders(_key(message)),
        "half-width punctuation beside Hanzi": bool(HALF_WIDTH.search(PLACEHOLDER.sub("", text))),
    }
    return [kind for kind, is_wrong in checks.items() if is_wrong]


def _key(message: Message) -> str:
    """The msgid; of a plural the second form, which holds every placeholder."""
    return message.id[1] if isinstance(message.id, tuple | list) else message.id


def _name(message: Message) -> str:
    return f"{_key(message)!r}" + (f" ({message.context})" if message.context else "")


def _placeholders(text: str) -> list[str]:
    return sorted(set(PLACEHOLDER.findall(text)))


def main() -> int:
    if "--check" not in sys.argv:
        update()
        compile_messages()
    found = problems()
    sys.stdout.writelines(f"{line}\n" for line in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
