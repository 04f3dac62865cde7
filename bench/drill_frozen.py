"""`make drill`: Postgres frozen for 14 seconds under load (kill -STOP), then woken. Status 1 if a mark is missed.

A site of its own is started under var/, read by several visitors at once, and every answer is timed.
Source: security promise 56: every request answers within 10 s, with a sentence; healthy again at once.
"""

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import psutil

from config import embedded_pg

VISITORS = 8
FROZEN_SECONDS = 14
SLOWEST_SECONDS = 10
HEALTHY_SECONDS = 3
ADDRESSES = ("/", "/library/", "/account/login/", "/account/")
SENTENCE = "数据库暂时没有响应"


@dataclass
class Answer:
    """One request: when it began (seconds since the freeze), how long it took, what came back; status 0 for nothing."""

    begun: float
    seconds: float
    status: int
    is_said: bool


def main() -> int:
    """Run the drill and print the table; return the exit status."""
    var = (Path(os.environ.get("APP_VAR", "var")) / "drill-frozen").resolve()
    shutil.rmtree(var, ignore_errors=True)
    port = free_port()
    environment = os.environ | {"APP_VAR": str(var), "APP_DEMO": "0", "PORT": str(port), "EMBEDDED_PG_FAST": "1"}
    environment.pop("APP_PROCESS", None)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    site = subprocess.Popen([sys.executable, "manage.py", "serve"], env=environment, **quiet)
    try:
        wait_until_up(port)
        return told(freeze(port, var))
    finally:
        site.send_signal(signal.SIGTERM)
        site.wait(timeout=60)
        shutil.rmtree(var, ignore_errors=True)


def freeze(port: int, var: Path) -> list[Answer]:
    """Stop every process of the cluster for a while, with visitors before, during and after; return their answers."""
    answers: list[Answer] = []
    done = threading.Event()
    server = postmaster(var)
    frozen_at = time.monotonic() + 3
    visitors = [threading.Thread(target=visit, args=(port, n, frozen_at, answers, done)) for n in range(VISITORS)]
    for visitor in visitors:
        visitor.start()
    time.sleep(max(frozen_at - time.monotonic(), 0))
    stopped = [server, *server.children(recursive=True)]
    for process in stopped:
        process.suspend()
    try:
        time.sleep(FROZEN_SECONDS)
    finally:
        for process in reversed(stopped):
            process.resume()
    time.sleep(6)
    done.set()
    for visitor in visitors:
        visitor.join()
    return answers


def visit(port: int, number: int, frozen_at: float, answers: list[Answer], done: threading.Event) -> None:
    """Ask one page after the other until told to stop."""
    while not done.is_set():
        begun = time.monotonic()
        status, body = ask(port, ADDRESSES[number % len(ADDRESSES)])
        seconds = time.monotonic() - begun
        answers.append(Answer(begun - frozen_at, seconds, status, SENTENCE in body))
        time.sleep(0.2)


def ask(port: int, address: str) -> tuple[int, str]:
    """Return status and body; status 0 when the connection broke or nothing came in 30 seconds."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", address)
        response = connection.getresponse()
        return response.status, response.read().decode(errors="replace")
    except (OSError, http.client.HTTPException):
        return 0, ""
    finally:
        connection.close()


def told(answers: list[Answer]) -> int:
    """Print what happened; return 1 when a mark is missed."""
    during = [answer for answer in answers if -1 < answer.begun < FROZEN_SECONDS]
    failed = [answer for answer in during if answer.status >= 500 or answer.status == 0]
    unsaid = [answer for answer in failed if not answer.is_said]
    sick = [answer.begun + answer.seconds for answer in answers if answer.status == 0 or answer.status >= 500]
    healthy = max(max(sick, default=0) - FROZEN_SECONDS, 0)
    slowest = max(answer.seconds for answer in answers)
    print(f"answers by status: {dict(sorted(Counter(answer.status for answer in answers).items()))}")
    marks = [
        ("slowest answer (s)", f"{slowest:.1f}", slowest <= SLOWEST_SECONDS, f"<= {SLOWEST_SECONDS}"),
        ("failures without the sentence", str(len(unsaid)), not unsaid, "0"),
        ("failures while frozen", str(len(failed)), bool(failed), "> 0, or nothing was frozen"),
        ("last failure after waking (s)", f"{healthy:.1f}", healthy <= HEALTHY_SECONDS, f"<= {HEALTHY_SECONDS}"),
    ]
    for name, value, is_met, mark in marks:
        print(f"{'ok  ' if is_met else 'MISS'} {name:<32} {value:>8}   mark {mark}")
    return 0 if all(is_met for _name, _value, is_met, _mark in marks) else 1


def postmaster(var: Path) -> psutil.Process:
    """Return the server process of the cluster under a folder."""
    return psutil.Process(int((embedded_pg.layout(var).data / "postmaster.pid").read_text().split()[0]))


def wait_until_up(port: int) -> None:
    """Wait until pages come; the first start takes a minute."""
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        if ask(port, "/")[0] == 200:
            return
        time.sleep(1)
    raise SystemExit("the site did not start")


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


if __name__ == "__main__":
    sys.exit(main())
