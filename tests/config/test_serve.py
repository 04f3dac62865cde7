"""The one command: port, address, the end of everything."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time

import psutil
import pytest
from django.conf import settings

from config import embedded_pg
from config.children import Children
from config.management.commands.serve import refuse_taken_port
from config.startup import CannotStart

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.fixture
def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def test_taken_port_is_one_sentence_that_names_another():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(CannotStart, match=f"端口 {port} 已被其他程序占用.*make run PORT={port + 1}"):
            refuse_taken_port("127.0.0.1", str(port))


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", "eighty"), ("127.0.0.1", "70000"), ("192.0.2.1", "8000")])
def test_address_nothing_can_listen_on_is_one_sentence(host, port):
    with pytest.raises(CannotStart, match=f"不能在地址 {host}:{port} 上提供服务"):
        refuse_taken_port(host, port)


def test_free_port_is_accepted(free_port):
    assert refuse_taken_port("127.0.0.1", free_port) is None


def test_children_stop_together_when_one_ends():
    with Children() as children:
        children.start("sleeper", SLEEP, os.environ)
        children.start("quitter", [sys.executable, "-c", ""], os.environ)
        ended = children.wait()

    assert ended == "quitter"
    assert children.processes["sleeper"].returncode == -signal.SIGTERM


def test_children_stop_on_a_signal():
    with Children() as children:
        children.start("sleeper", SLEEP, os.environ)
        os.kill(os.getpid(), signal.SIGINT)
        ended = children.wait()

    assert ended is None
    assert children.processes["sleeper"].returncode == -signal.SIGTERM


def test_children_end_with_a_parent_that_was_killed():
    script = textwrap.dedent(f"""
        import os
        from config.children import Children
        with Children() as children:
            children.start("sleeper", {SLEEP!r}, os.environ)
            print(children.processes["sleeper"].pid, flush=True)
            children.wait()
    """)
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=settings.BASE_DIR, stdout=subprocess.PIPE, text=True
    ) as parent:
        sleeper = psutil.Process(int(parent.stdout.readline()))
        parent.kill()

    gone, alive = psutil.wait_procs([sleeper], timeout=5)
    assert not [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]


def read_until(child, phrase):
    """Return the lines a child prints up to the one with `phrase`."""
    lines = []
    for line in child.stdout:
        lines.append(line)
        if phrase in line:
            return "".join(lines)
    raise AssertionError(f"{phrase} never came:\n{''.join(lines)}")


def test_serve_runs_the_whole_site_and_ends_it(manage, spare_var, free_port):
    environment = {"APP_VAR": str(spare_var), "APP_DEMO": "0", "PORT": free_port, "EMBEDDED_PG_FAST": "1"}
    for name in ("DATABASE_URL", "DATABASE_MIGRATION_URL"):
        environment[name] = ""

    first = manage("serve", **environment)
    shown = read_until(first, "Ctrl-C")
    visitor = http.client.HTTPConnection("127.0.0.1", int(free_port), timeout=10)
    visitor.request("GET", "/robots.txt")
    answer = visitor.getresponse().status
    family = psutil.Process(first.pid).children(recursive=True)
    first.send_signal(signal.SIGINT)
    rest = first.communicate(timeout=30)[0]

    assert "正在建立数据表" in shown
    assert f"http://127.0.0.1:{free_port}/" in shown
    assert answer in (200, 404)
    assert (first.returncode, rest.strip()) == (0, "已停止。")
    assert len(family) >= 3
    assert not psutil.wait_procs(family, timeout=5)[1]
    assert not embedded_pg.is_running(spare_var)

    again = manage("serve", **environment)
    shown = read_until(again, "Ctrl-C")
    worker = next(child for child in psutil.Process(again.pid).children() if "worker" in child.cmdline())
    began = time.monotonic()
    worker.kill()
    rest = again.communicate(timeout=30)[0]

    assert "正在建立数据表" not in shown
    assert again.returncode == 1
    assert "后台进程意外退出" in rest
    assert time.monotonic() - began < 15
    assert not embedded_pg.is_running(spare_var)


def test_every_page_is_imported_before_the_server_forks():
    ask = "import sys, config.wsgi; print('cases.views.review' in sys.modules)"

    answer = subprocess.run([sys.executable, "-c", ask], cwd=settings.BASE_DIR, capture_output=True, text=True)

    assert (answer.stdout.strip(), answer.stderr) == ("True", "")
