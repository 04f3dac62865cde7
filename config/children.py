"""A few child processes that live and end together."""

import ctypes
import signal
import subprocess
import sys
import time

STOP_WITHIN_SECONDS = 10
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Children:
    """Start children, wait until one ends or a signal asks us to stop, stop them all.

    Each gets a session of its own, so that Ctrl-C reaches this process alone and they end in good order; and Linux
    ends them with us should we be killed outright.
    """

    def __init__(self):
        self.processes = {}
        self.stopping = False

    def __enter__(self):
        self.before = {number: signal.signal(number, self.ask_to_stop) for number in STOP_SIGNALS}
        return self

    def __exit__(self, *exception):
        for process in self.processes.values():
            process.terminate()
        deadline = time.monotonic() + STOP_WITHIN_SECONDS
        for process in self.processes.values():
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for number, handler in self.before.items():
            signal.signal(number, handler)

    def ask_to_stop(self, number, frame):
        self.stopping = True

    def start(self, name, command, environment):
        """Start one child under the name people read."""
        self.processes[name] = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=end_with_parent
        )

    def ended(self):
        """Return the name of a child that has ended, or None."""
        return next((name for name, process in self.processes.items() if process.poll() is not None), None)

    def wait_until(self, ready, seconds):
        """Wait until `ready()`; return False when that does not come about."""
        deadline = time.monotonic() + seconds
        while not self.stopping and not self.ended() and time.monotonic() < deadline:
            if ready():
                return True
            time.sleep(0.1)
        return False

    def wait(self):
        """Wait for a signal or for the end of any child; return the name of the child that ended by itself."""
        while not self.stopping:
            if name := self.ended():
                return name
            time.sleep(0.2)
        return None


def end_with_parent():
    """Ask Linux to end this process when the one that started it dies, kill -9 included."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG
