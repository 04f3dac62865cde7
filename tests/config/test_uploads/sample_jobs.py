"""Jobs for the bounded child that do what a hostile file might make a decoder do. No Django here."""

import os
import signal
import sys
import tempfile
import time


def honest(data):
    return {"size": len(data), "secret": os.environ.get("APP_SECRET_KEY"), "django": "django" in sys.modules}, [
        data,
        b"",
    ]


def hungry(data):
    return len(bytearray(2 * 1024 * 1024 * 1024))


def busy(data):
    time.sleep(60)


def killed(data):
    os.kill(os.getpid(), signal.SIGXCPU)


def crashing(data):
    os.kill(os.getpid(), signal.SIGSEGV)


def silent(data):
    os._exit(0)


def failing(data):
    raise ZeroDivisionError("with personal words in it")


def writing(data):
    with tempfile.TemporaryFile() as handle:
        handle.write(data)
