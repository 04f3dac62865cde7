"""The bounded child: one job, on one file, in a process that may die. `python -m config.uploads.child MODULE:FUNCTION`

Reads the file from stdin to its end, calls the function with the bytes, and writes frames to stdout, each
behind its length in four bytes: a JSON head, then the blobs. The head is {"ok": …}, {"rejected": code,
"values": {…}} or {"failed": name of the exception}. Imports no Django, gets no environment, holds no secret.
The limits are set before the first byte is read.
"""

import importlib
import json
import resource
import struct
import sys

from config.uploads.refusal import Rejected

MEMORY = 1024 * 1024 * 1024
CPU_SECONDS = 20


def main():
    module, _, function = sys.argv[1].partition(":")
    job = getattr(importlib.import_module(module), function)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    _send(*_answer(job, sys.stdin.buffer.read()))


def _answer(job, data):
    """Return (head, blobs): what the job returned, or why it did not."""
    try:
        result = job(data)
    except Rejected as rejected:
        return {"rejected": rejected.code, "values": rejected.values}, []
    except MemoryError:
        return {"rejected": "too_heavy", "values": {}}, []
    except Exception as error:
        return {"failed": type(error).__name__}, []
    value, blobs = result if isinstance(result, tuple) else (result, [])
    return {"ok": value}, blobs


def _send(head, blobs):
    for frame in (json.dumps(head).encode(), *blobs):
        sys.stdout.buffer.write(struct.pack(">I", len(frame)))
        sys.stdout.buffer.write(frame)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
