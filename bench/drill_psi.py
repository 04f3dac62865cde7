"""Private set intersection for real: two processes on this machine, each with its own roll, over 127.0.0.1.

Makes `.venv-psi` from requirements-psi.txt where it is missing (needs Python 3.11 and the package index), lets both
sides run the packed program with the same ten words, compares what the receiver found with a plain comparison of the
two rolls, then opens the sealed result. `python -m bench.drill_psi [ROWS]`; exit status 1 where anything differs.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

import django

ROOT = Path(__file__).resolve().parent.parent
VENV = Path(os.environ.get("PSI_VENV", ROOT / ".venv-psi"))
SEED = 5


def main():
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 3000
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    if not prepare():
        return 1
    with tempfile.TemporaryDirectory() as folder:
        return drill(Path(folder), rows)


def prepare():
    """Have the environment; say precisely what is missing."""
    if (VENV / "bin" / "python").exists():
        return True
    python = shutil.which("python3.11")
    if python is None:
        print("Python 3.11 is needed for spu 0.9.5 and was not found.")
        return False
    subprocess.run([python, "-m", "venv", str(VENV)], check=True)
    install = [str(VENV / "bin" / "pip"), "install", "-q", "--only-binary", ":all:", "-r"]
    if subprocess.run([*install, str(ROOT / "requirements-psi.txt")]).returncode:
        shutil.rmtree(VENV)
        print("requirements-psi.txt could not be installed.")
        return False
    return True


def drill(folder, rows):
    from members.blind import build, phrase, ticket  # noqa: PLC0415  (after django.setup)
    from members.matching import generate  # noqa: PLC0415
    from members.matching import run as matching  # noqa: PLC0415
    from members.matching.engine_duckdb import Engine  # noqa: PLC0415
    from members.matching.rosters import open_roster  # noqa: PLC0415

    world = generate.generate(SEED, rows, rows, rows // 10)
    program = folder / build.PSI_NAME
    program.write_bytes(build.packed("psi"))
    words, run = phrase.new(), str(uuid.uuid4())
    ports = dict(zip(("practitioners", "members"), free_ports(), strict=True))
    sides = {}
    for side, people in (("practitioners", world.practitioners), ("members", world.members)):
        home = folder / side
        home.mkdir()
        generate.write(people, home / "roll.csv")
        ticket.write(home / "t.json", "blind-ticket", run=run, side=side, title="drill", algorithm="sm3")
        other = ports["members" if side == "practitioners" else "practitioners"]
        command = [VENV / "bin" / "python", program, "--roll", "roll.csv", "--ticket", "t.json"]
        command += ["--listen", f"127.0.0.1:{ports[side]}", "--peer", f"127.0.0.1:{other}"]
        sides[side] = start(command, home)
    began = time.perf_counter()
    for process in sides.values():
        tell(process, " ".join(words))
    said = {side: heard(process) for side, process in sides.items()}
    seconds = time.perf_counter() - began
    clear = matching.match(
        open_roster(folder / "practitioners" / "roll.csv"), open_roster(folder / "members" / "roll.csv"), Engine()
    )
    return judge(folder, program, said, clear, seconds, rows)


def judge(folder, program, said, clear, seconds, rows):
    sure = {clear.member_ids[pair.member] for pair in clear.pairs if pair.is_automatic}
    doubtful = {clear.member_ids[pair.member] for pair in clear.pairs} - sure
    counts = re.search(r"(\d+) 人按规则确定，(\d+) 人待判断", said["members"])
    release = re.search(r"[：:] *((?:[\u4e00-\u9fff]{2} ?){4})$", said["practitioners"], re.MULTILINE)
    if not counts or not release:
        print(said)
        return 1
    home = folder / "members"
    sealed = next(home.glob("*-sealed.json"))
    opening = start([VENV / "bin" / "python", program, "--roll", "roll.csv", "--open", sealed.name], home)
    tell(opening, release.group(1).strip())
    heard(opening)
    opened = opened_rows(next(home.glob("*.xlsx")))
    found_sure = {rid for rid, code in opened.items() if not code.startswith("review-")}
    print(f"{rows} x {rows} rows, both processes: {seconds:.1f} s")
    print(f"receiver: {counts.group(1)} sure, {counts.group(2)} to decide; plain: {len(sure)} and {len(doubtful)}")
    missing = (sure | doubtful) - opened.keys()
    wrong = found_sure - sure - doubtful
    print(f"pairs of the plain comparison not found: {len(missing)}; sure ones it has not: {len(wrong)}")
    return 1 if missing or wrong else 0


def opened_rows(path):
    """Return {rid: pass} of a workbook of opened rows."""
    from members.blind import xlsx  # noqa: PLC0415

    (header, *body), *_others = [[list(map(str, row)) for row in rows] for _name, rows in xlsx.tables(path)]
    return {row[header.index("rid")]: row[1] for row in body}


def start(command, home):
    environment = {"PYTHONUTF8": "1", "PATH": os.environ["PATH"], "HOME": str(home)}
    return subprocess.Popen(
        [str(part) for part in command],
        cwd=home,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
    )


def tell(process, words):
    """Type the words."""
    process.stdin.write(words + "\n")
    process.stdin.close()


def heard(process):
    """Wait for the end; return what the program said."""
    said = process.stdout.read()
    process.stdout.close()
    process.wait(600)
    return said


def free_ports():
    """Return two ports that nobody listens on."""
    sockets = [socket.socket() for _port in range(2)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


if __name__ == "__main__":
    sys.exit(main())
