"""Another program within bounds: `python -m config.confined PROGRAM ARGUMENT…`

Time, memory and the size of what it writes are limited, and it cannot open a connection: a filter in the kernel
refuses every socket but local ones, for this process and all it starts, whatever account it runs under. Imports no
Django. Ends with status 126 where the kernel offers no such filter, and then starts nothing.
Source: seccomp(2), bpf(4) and linux/filter.h for the numbers.
"""

import ctypes
import os
import platform
import resource
import signal
import struct
import sys

MEMORY = 1536 * 1024 * 1024  # LibreOffice reserves a gigabyte and uses a fifth of it
CPU_SECONDS = 20
WRITTEN_BYTES = 100 * 1024 * 1024
NO_FILTER = 126
# By machine: what the kernel calls it, and the numbers of socket and io_uring_setup there.
MACHINES = {"x86_64": (0xC000003E, 41, 425), "aarch64": (0xC00000B7, 198, 425)}
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050000 | 13, 0x80000000
_NUMBER_AT, _ARCH_AT, _FIRST_ARGUMENT_AT = 0, 4, 16
_AF_UNIX = 1
_OTHER_ABI = 0x40000000  # x32 calls carry this bit, and numbers of their own
_SET_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER, _END_WITH_PARENT = 38, 22, 2, 1


def main() -> None:
    """Set the bounds, then become the program."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (WRITTEN_BYTES, WRITTEN_BYTES))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    if not without_network():
        sys.exit(NO_FILTER)
    ctypes.CDLL(None).prctl(_END_WITH_PARENT, signal.SIGKILL)
    os.execve(sys.argv[1], sys.argv[1:], dict(os.environ))


def is_possible() -> bool:
    """Tell whether this machine is one whose kernel is known to offer the filter."""
    return sys.platform == "linux" and platform.machine() in MACHINES


def without_network() -> bool:
    """Give up every socket but local ones, for good; False where the kernel does not offer that."""
    if not is_possible():
        return False
    arch, socket_call, ring_call = MACHINES[platform.machine()]
    steps = [  # (code, steps to skip if true, if false, value); the last four are what the skips lead to
        (_LOAD, 0, 0, _ARCH_AT),
        (_EQUAL, 0, 8, arch),
        (_LOAD, 0, 0, _NUMBER_AT),
        (_AT_LEAST, 6, 0, _OTHER_ABI),
        (_EQUAL, 4, 0, ring_call),
        (_EQUAL, 0, 2, socket_call),
        (_LOAD, 0, 0, _FIRST_ARGUMENT_AT),
        (_EQUAL, 0, 1, _AF_UNIX),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
        (_RETURN, 0, 0, _KILL),
    ]
    packed = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(steps), ctypes.addressof(packed)))
    libc = ctypes.CDLL(None)
    calls = (ctypes.c_ulong(0),) * 2
    if libc.prctl(_SET_NO_NEW_PRIVILEGES, ctypes.c_ulong(1), ctypes.c_ulong(0), *calls):
        return False
    return libc.prctl(_SET_SECCOMP, ctypes.c_ulong(_FILTER), program, *calls) == 0


if __name__ == "__main__":
    main()
