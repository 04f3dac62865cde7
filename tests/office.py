"""LibreOffice for tests: files in formats we do not write ourselves."""

import functools
import shutil
import subprocess
import tempfile
from pathlib import Path


@functools.cache
def converted(data, ending, target):
    """Return a file in another format, as LibreOffice writes it; `target` as in `--convert-to`."""
    program = shutil.which("soffice")
    assert program, "no LibreOffice: apt-get install libreoffice-writer-nogui"
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / f"file{ending}"
        source.write_bytes(data)
        command = [program, f"-env:UserInstallation=file://{folder}/profile", "--headless", "--norestore"]
        command += ["--convert-to", target, "--outdir", f"{folder}/out", str(source)]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        (result,) = (Path(folder) / "out").iterdir()
        return result.read_bytes()


def as_pdfs(files):
    """Return several files, each (data, ending), as PDF, in one run of LibreOffice."""
    program = shutil.which("soffice")
    assert program, "no LibreOffice: apt-get install libreoffice-writer-nogui libreoffice-calc-nogui"
    with tempfile.TemporaryDirectory() as folder:
        sources = [Path(folder) / f"{number}{ending}" for number, (_data, ending) in enumerate(files)]
        for source, (data, _ending) in zip(sources, files, strict=True):
            source.write_bytes(data)
        command = [program, f"-env:UserInstallation=file://{folder}/profile", "--headless", "--norestore"]
        command += ["--convert-to", "pdf", "--outdir", f"{folder}/out", *map(str, sources)]
        subprocess.run(command, check=True, capture_output=True, timeout=240)
        return [(Path(folder) / "out" / f"{source.stem}.pdf").read_bytes() for source in sources]


def old_word(docx):
    """Return a .docx as Word 97 would have saved it."""
    return converted(docx, ".docx", "doc:MS Word 97")
