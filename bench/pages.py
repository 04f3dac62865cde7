"""The page of a published case: its queries, and its requests a second as a ratio to a bare Django view.

`python -m bench.pages [--seconds 8]`. Both run under gunicorn with two sync workers, one after the other; four
clients without keep-alive, as behind nginx.
"""

import argparse
import http.client
import subprocess
import sys
import time
from multiprocessing import get_context

from bench.library import library

PORT = 8798
CLIENTS = 4
CASES = 200
MOST_QUERIES = 6
SERVER = [sys.executable, "-m", "gunicorn", "-c", "ops/gunicorn.conf.py", "-w", "2", "-b", f"127.0.0.1:{PORT}"]


def ask(path, seconds):
    """Ask for one address until time is up; return how many answers came."""
    answers, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        if answer.status != 200:
            raise RuntimeError(f"{answer.status} for {path}")
        answers += 1
    return answers


def per_second(application, path, seconds):
    server = subprocess.Popen([*SERVER, application], stderr=subprocess.DEVNULL)
    try:
        time.sleep(6)
        with get_context("spawn").Pool(CLIENTS) as pool:
            pool.starmap(ask, [(path, 2)] * CLIENTS)
            return sum(pool.starmap(ask, [(path, seconds)] * CLIENTS)) / seconds
    finally:
        server.terminate()
        server.wait()


def queries(path):
    """Count the queries of the page, the statements that open and close its transaction apart."""
    from django.db import connection  # noqa: PLC0415  (Django is set up by the scratch database)
    from django.test import Client  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    with CaptureQueriesContext(connection) as captured:
        Client().get(path)
    return len([query for query in captured if query["sql"].lstrip().upper().startswith(("SELECT", "WITH"))])


def main(arguments=None):
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=int, default=8)
    options = options.parse_args(arguments)
    with library(CASES):
        path = "/library/2026-200/"
        count = queries(path)
        page = per_second("config.wsgi", path, options.seconds)
        bare = per_second("bench.bare:application", "/", options.seconds)
    print(f"case page: {count} queries, promised {MOST_QUERIES}: {'kept' if count <= MOST_QUERIES else 'MISSED'}")
    print(f"case page {page:.0f} requests/s, bare view {bare:.0f} requests/s, ratio {page / bare:.3f}")
    return count <= MOST_QUERIES


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
