"""The whole site in one command: what the first run needs, then web server and worker until Ctrl-C."""

import errno
import os
import signal
import socket
import sys
import time

import psutil
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connections

from config import database, embedded_pg
from config.children import Children
from config.first_run import child_environment, prepare
from config.startup import CannotStart

ANSWER_WITHIN_SECONDS = 60


class Command(BaseCommand):
    help = "Prepare the database, then run web server and background worker together; Ctrl-C stops everything."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--host", default=os.environ.get("HOST") or "127.0.0.1")
        parser.add_argument("--port", default=os.environ.get("PORT") or "8000")
        parser.add_argument("--prepare-only", action="store_true", help="make everything ready, serve nothing")

    def handle(self, *, host, port, prepare_only, **options):
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(143))  # so that the database is stopped below
        failed = None
        try:
            if not prepare_only:
                refuse_taken_port(host, port)
            database.ensure_running(settings.VAR_DIR)
            if prepare_only:
                prepare(self.say)
            else:
                failed = self.run_children(host, port, seeded=prepare(self.say))
        finally:
            stop_database()
        sys.exit(1 if failed else 0)

    def say(self, line):
        self.stdout.write(line)
        self.stdout.flush()

    def run_children(self, host, port, seeded):
        """Run web server and worker until one is told to stop or dies; return whether one died."""
        self.say("正在启动网站与后台进程……")
        environment = child_environment(HOST=host, PORT=port, PYTHONUNBUFFERED="1")
        environment.setdefault("APP_HOSTS", ",".join(own_addresses(host)))
        gunicorn = [sys.executable, "-m", "gunicorn", "--config", settings.BASE_DIR / "ops" / "gunicorn.conf.py"]
        worker = [sys.executable, settings.BASE_DIR / "manage.py", "worker", "--no-reload", "--no-startup-delay"]
        with Children() as children:
            children.start("网站进程", gunicorn, environment)
            children.start("后台进程", worker, environment)
            if children.wait_until(lambda: answers(host, port), ANSWER_WITHIN_SECONDS):
                self.announce(host, port, seeded)
            ended = children.wait()
        if ended:
            self.say(f"{ended}意外退出，原因见上；其余进程已一并停止。")
        else:
            self.say("已停止。")
        return ended

    def announce(self, host, port, seeded):
        """Print the addresses, and the demo accounts: in full once, afterwards where they are."""
        accounts = settings.VAR_DIR / "demo_accounts.txt"
        lines = ["", *(f"网址：http://{name}:{port}/" for name in own_addresses(host))]
        if seeded and accounts.exists():
            lines += [f"演示账号（保存在 {accounts}）：", accounts.read_text().rstrip()]
        elif accounts.exists():
            lines.append(f"演示账号见 {accounts}")
        self.say("\n".join([*lines, "按 Ctrl-C 停止。", ""]))


def refuse_taken_port(host, port):
    """Raises: CannotStart when nothing can listen there."""
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise CannotStart("bad_address", host=host, port=port, reason="PORT 1–65535")
    try:
        family, *_, address = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM)[0]
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CannotStart("port_taken", port=port, other=int(port) + 1) from error
        raise CannotStart("bad_address", host=host, port=port, reason=error.strerror) from error


def answers(host, port):
    """Say whether the web server answers, which it does once Django is loaded in one of its processes."""
    target = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    try:
        with socket.create_connection((target, int(port)), timeout=5) as connection:
            connection.sendall(b"GET /robots.txt HTTP/1.0\r\nHost: localhost\r\n\r\n")
            return connection.recv(5) == b"HTTP/"
    except OSError:
        return False


def own_addresses(host):
    """Return the names this machine may be asked by when it serves its neighbours too; none for itself alone."""
    if host not in ("0.0.0.0", "::"):
        return [host]
    found = {address.address for group in psutil.net_if_addrs().values() for address in group
             if address.family == socket.AF_INET}  # fmt: skip
    return sorted(found | {socket.gethostname()})


def stop_database():
    """Stop the embedded server, unless somebody else still works with it."""
    if database.is_external():
        return
    connections.close_all()
    for _attempt in range(10):  # sessions of our children end a moment after them
        if not embedded_pg.is_running(settings.VAR_DIR) or not embedded_pg.other_sessions(settings.VAR_DIR):
            embedded_pg.stop(settings.VAR_DIR)
            return
        time.sleep(0.2)
