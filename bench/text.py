"""What the text pieces promise, measured: intake, pinyin, figures, comparison.

Each function returns plain numbers. The real write-ups are read where they are present; without them
`measured` returns only what our own text can show.
"""

import hashlib
import json
import re
import statistics
import time
from pathlib import Path

from cases.evidence.figures import extract
from cases.intake.cleaning import clean
from cases.intake.reading import read
from config.text.diff import compare

ROOT = Path(__file__).resolve().parent.parent
SUBMISSIONS = ROOT.parent / "shared" / "submissions"
GOLD = ROOT / "tests" / "cases" / "figure_gold.json"
NAMES = ("zhaoyuan-transport-2025", "linshu-logistics-2022")
OWN = "为解决停车难，该县划设临时停车区12处，配套热水、充电和休息座椅，惠及司机300余人。\n"


def matched(found: dict, gold: dict) -> tuple[float, float]:
    """Return precision and recall: a figure is right if span, value, unit, qualifier and kind all agree."""
    right = sum(1 for span, row in found.items() if gold.get(span) == row)
    return right / max(1, len(found)), right / max(1, len(gold))


def write_ups() -> dict[str, bytes]:
    """Return the real write-ups by name; empty where they are not on this machine."""
    paths = [SUBMISSIONS / f"{name}.txt" for name in NAMES]
    return {path.stem: path.read_bytes() for path in paths if path.exists()}


def median_ms(work, rounds: int = 15) -> float:
    """Return the median time of a call in milliseconds, after one call to warm up."""
    work()
    times = []
    for _round in range(rounds):
        started = time.perf_counter()
        work()
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


def intake_ms() -> float:
    """Return reading + cleaning + figures of the slowest write-up (or of 4,000 characters of our own)."""
    texts = list(write_ups().values()) or [(OWN * 100).encode()]
    return max(median_ms(lambda data=data: extract(clean(read(data, "a.txt")).body)) for data in texts)


def pinyin() -> tuple[int, int, bool] | None:
    """Return annotations removed, annotations present and whether nothing else was lost, on Zhaoyuan."""
    data = write_ups().get(NAMES[0])
    if data is None:
        return None
    reading = read(data, "a.txt")
    cleaned = clean(reading)
    bare, present = re.subn("\\([a-z\u0101-\u01dcàáèéìíòóùúü]+\\)", "", reading.text)
    removed = sum(fix.kind == "pinyin" for fix in cleaned.fixes)
    expected = bare[bare.index("按:") : bare.index("相关推荐")].rstrip("\n")
    return removed, present, cleaned.body == expected


def figures() -> dict[str, tuple[float, float]]:
    """Return precision and recall of the figures of each write-up against our own annotation."""
    gold = json.loads(GOLD.read_text(encoding="utf-8"))
    results = {}
    for name, data in write_ups().items():
        body = clean(read(data, "a.txt")).body
        if hashlib.sha256(body.encode()).hexdigest() != gold[name]["sha256"]:
            results[name] = (0.0, 0.0)
            continue
        wanted = {tuple(row[:2]): row[2:] for row in gold[name]["figures"]}
        found = {(f.start, f.end): [f.value, f.unit, f.approx, f.kind] for f in extract(body)}
        results[name] = matched(found, wanted)
    return results


def diff_ms() -> float:
    """Return the time to compare two revisions of 4,000 characters with edits in every paragraph."""
    data = write_ups().get(NAMES[0])
    old = clean(read(data, "a.txt")).body if data else OWN * 100
    paragraphs = old.replace("司机", "驾驶员").replace("300", "310").split("\n")
    new = "\n".join([*paragraphs[2:], *paragraphs[:2]])
    return median_ms(lambda: compare(old, new))


def measured() -> list[tuple[str, str, str, bool]]:
    """Return rows of (what, measured, promised, kept) for `make bench`."""
    intake, diff = intake_ms(), diff_ms()
    rows = [
        ("intake of one write-up", f"{intake:.1f} ms", "≤ 150 ms", intake <= 150),
        ("comparison of two revisions of 4,000 characters", f"{diff:.1f} ms", "≤ 50 ms", diff <= 50),
    ]
    if (result := pinyin()) is not None:
        removed, present, nothing_lost = result
        rows.append(
            (
                "pinyin annotations removed",
                f"{removed} of {present}",
                "139 of 139, nothing else lost",
                removed == present == 139 and nothing_lost,
            )
        )
    for name, (precision, recall) in figures().items():
        text = f"precision {precision:.1%}, recall {recall:.1%}"
        rows.append((f"figures of {name}", text, "≥ 97 % each", min(precision, recall) >= 0.97))
    return rows


if __name__ == "__main__":
    import django

    django.setup()
    for row in measured():
        print(*row, sep=" · ")
