"""A whole site of its own for a drill: database, web server and worker under var/, thrown away afterwards."""

import contextlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import psutil

FIELD = re.compile(r'name="(csrfmiddlewaretoken|ticket|shown)"[^>]*?value="([^"]*)"')
PASSWORD = "granite-lantern-0429"
# An office with two officials; `made` is for what a drill adds.
OFFICE = f"""
import json
from django.db import transaction
from members.actions import account, organisation
from members.middleware import whole_scope
from members.models import Organisation, Region
from members.permissions import Role
made = {{}}
with transaction.atomic(), whole_scope():
    region = Region.objects.get(code="370685")
    found = dict(region=region, kind=Organisation.Kind.AGENCY, parent=None, short_name="", by=None)
    bureau = organisation.found(code="bureau", name="甲县交通运输局", **found)
    department = organisation.found(code="department", name="甲县县委组织部", **found)
    official, officer = (
        account.open_account(username=name, name=name, organisation=body, by=None, password="{PASSWORD}")
        for name, body in (("official", bureau), ("officer", department))
    )
    for user in (official, officer):
        account.grant(user=user, role=Role.OFFICIAL, organisation=user.organisation, by=None)
"""


@dataclass
class Site:
    """A running site."""

    port: int
    environment: dict
    process: subprocess.Popen

    def shell(self, code: str) -> object:
        """Run code of ours against its database; return what it printed last, read as JSON."""
        command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", code]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(done.stderr[-3000:])
        return json.loads(done.stdout.splitlines()[-1])

    def memory(self) -> dict[str, int]:
        """Return the resident memory of web server, worker and upload children now, in MiB."""
        found = dict.fromkeys(("web", "worker", "child"), 0)
        for process in psutil.Process(self.process.pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):
                line = " ".join(process.cmdline())
                kind = "child" if "uploads.child" in line else "web" if "gunicorn" in line else "worker"
                if "postgres" not in line:
                    found[kind] = max(found[kind], process.memory_info().rss // 2**20)
        return found


@contextlib.contextmanager
def site(name: str):
    """Start a site without demo data; stop it and remove everything at the end."""
    var = (Path(os.environ.get("APP_VAR", "var")) / name).resolve()
    shutil.rmtree(var, ignore_errors=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {"APP_VAR": str(var), "APP_DEMO": "0", "PORT": str(port), "EMBEDDED_PG_FAST": "1"}
    environment.pop("APP_PROCESS", None)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen([sys.executable, "manage.py", "serve"], env=environment, **quiet)
    try:
        deadline = time.monotonic() + 900  # a first start, on a busy machine
        while Visitor(port).get("/").status != 200:
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("the site did not start")
            time.sleep(1)
        yield Site(port, environment, process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=120)
        shutil.rmtree(var, ignore_errors=True)


@dataclass
class Answer:
    """What came back; status 0 when nothing did."""

    status: int
    body: str = ""
    seconds: float = 0.0
    location: str = ""

    @property
    def fields(self) -> dict[str, str]:
        """The hidden fields of its form."""
        return dict(FIELD.findall(self.body))


@dataclass
class Visitor:
    """A browser as far as a drill needs one: cookies and forms."""

    port: int
    cookies: dict = field(default_factory=dict)

    def get(self, address: str) -> Answer:
        return self._ask("GET", address, None, {})

    def post(self, address: str, **values: str) -> Answer:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._ask("POST", address, urlencode(values).encode(), kind)

    def upload(self, address: str, token: str, path: Path) -> Answer:
        """Send a file as a browser does, without holding it in memory."""
        edge = "----drill-of-one-file"
        head = (
            f'--{edge}\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n{token}\r\n--{edge}\r\n'
            f'Content-Disposition: form-data; name="file"; filename="{path.name}"\r\nContent-Type: text/csv\r\n\r\n'
        ).encode()
        tail = f"\r\n--{edge}--\r\n".encode()
        size = len(head) + path.stat().st_size + len(tail)

        def parts():
            yield head
            with path.open("rb") as file:
                while block := file.read(1 << 20):
                    yield block
            yield tail

        kind = {"Content-Type": f"multipart/form-data; boundary={edge}", "Content-Length": str(size)}
        return self._ask("POST", address, parts(), kind)

    def sign_in(self, username: str) -> None:
        page = self.get("/account/login/")
        done = self.post("/account/login/", username=username, password=PASSWORD, **page.fields)
        if done.status != 302:
            sys.exit(f"{username} could not sign in: {done.status}")

    def _ask(self, method, address, body, headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
        sent = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        started = time.monotonic()
        try:
            connection.request(method, address, body, {**headers, "Cookie": sent} if sent else headers)
            response = connection.getresponse()
            text = response.read().decode(errors="replace")
        except (OSError, http.client.HTTPException):
            return Answer(0, "", time.monotonic() - started)
        finally:
            connection.close()
        for line in response.headers.get_all("Set-Cookie", []):
            name, _equals, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        where = response.headers.get("Location", "")
        return Answer(response.status, text, time.monotonic() - started, where)


def p95(seconds: list[float]) -> float:
    """Return the time that 95 of 100 stay below."""
    return sorted(seconds)[min(len(seconds) - 1, int(len(seconds) * 0.95))]


def told(marks: list[tuple[str, str, bool, str]]) -> int:
    """Print name, value and mark of each line; return 1 when a mark is missed."""
    for name, value, is_met, mark in marks:
        print(f"{'ok  ' if is_met else 'MISS'} {name:<44} {value:>10}   mark {mark}")
    return 0 if all(is_met for _name, _value, is_met, _mark in marks) else 1
