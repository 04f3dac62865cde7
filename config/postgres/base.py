"""Give up on a Postgres that is frozen: a stalled disk, a suspended machine, `kill -STOP`.

Such a server answers nothing and closes nothing. Its own timeouts cannot fire, libpq waits for ever on a connection
that stands, and a reader would get a broken connection when gunicorn kills the process. So, in web processes only:

- a thread of each process cuts the connection of a request that has been at work for `PATIENCE_SECONDS`: the waiting
  statement fails, the request answers with a page (`config.failures.server_error`);
- after a connection that was cut, or that could not be made in time, no other is tried for a moment: whoever queued
  up behind is answered at once instead of waiting as long again.

Source: `security.md` row 56.
"""

import contextlib
import os
import socket
import threading
import time
from collections.abc import Iterator

from django.db.backends.postgresql import base

PATIENCE_SECONDS = 6  # above statement_timeout, below gunicorn's timeout
REST_SECONDS = 1
SLOW_SECONDS = 1  # a refused connection fails at once; one that took this long was not answered

Error = base.Database.OperationalError


class NotAnswering(Error):
    """The server did not answer a moment ago, so it was not asked."""


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that can be cut off from another thread."""

    def get_new_connection(self, conn_params: dict) -> object:
        """Connect, unless the server did not answer a moment ago. Raises: OperationalError."""
        if time.monotonic() < watch.rest_until:
            raise NotAnswering("the database server did not answer a moment ago")
        begun = time.monotonic()
        try:
            return super().get_new_connection(conn_params)
        except Error:
            if time.monotonic() - begun > SLOW_SECONDS:
                watch.rest()
            raise

    def hang_up(self) -> None:
        """Shut the socket down under whatever waits on it; that fails as if the server had gone."""
        with contextlib.suppress(OSError, base.Database.Error):
            if self.connection is not None and not self.connection.closed:
                with socket.socket(fileno=os.dup(self.connection.fileno())) as copy:
                    copy.shutdown(socket.SHUT_RDWR)


class Watch:
    """One thread a process that looks after the one request the process is at (gunicorn's workers are `sync`)."""

    def __init__(self) -> None:
        self.rest_until = 0.0
        self._wake = threading.Condition()
        self._deadline: float | None = None
        self._wrapper: DatabaseWrapper | None = None
        self._process = 0

    def rest(self) -> None:
        """Let nobody try to connect for a moment."""
        self.rest_until = time.monotonic() + REST_SECONDS

    @contextlib.contextmanager
    def over(self, wrapper: DatabaseWrapper) -> Iterator[None]:
        """Cut the wrapper's connection if the block takes longer than the patience."""
        with self._wake:
            self._deadline, self._wrapper = time.monotonic() + PATIENCE_SECONDS, wrapper
            if self._process != os.getpid():  # a thread does not survive the fork of a new worker
                self._process = os.getpid()
                threading.Thread(target=self._look, name="database watch", daemon=True).start()
        try:
            yield
        finally:
            with self._wake:
                self._deadline = self._wrapper = None

    def _look(self) -> None:
        with self._wake:
            while True:
                late = self._deadline is not None and time.monotonic() >= self._deadline
                if late:
                    self._deadline = None
                    self.rest()
                    self._wrapper.hang_up()
                self._wake.wait(timeout=0.25)


watch = Watch()
