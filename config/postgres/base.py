"""Give up on a Postgres that is frozen: a stalled disk, a suspended machine, `kill -STOP`.

Such a server answers nothing and closes nothing. Its own timeouts cannot fire, and libpq waits for ever on a
connection that stands. So, in web processes only:

- a thread of each process cuts a connection whose server has left one call unanswered for `PATIENCE_SECONDS`: the
  call fails, and the request answers with a page (`config.failures.server_error`);
- after a connection that was cut, or that could not be made in time, no other is tried for a moment: whoever queued
  up behind is answered at once instead of waiting as long again.

Only waiting for the server counts: a request that draws twelve photos may take its time. Source: `security.md` row 56.
"""

import contextlib
import os
import socket
import threading
import time
from collections.abc import Iterator

from django.db.backends.postgresql import base
from psycopg2 import OperationalError, extensions

PATIENCE_SECONDS = 6  # above statement_timeout, which ends a slow statement of a server that is well
REST_SECONDS = 1
SLOW_SECONDS = 1  # a refused connection fails at once; one that took this long was not answered


class NotAnswering(OperationalError):
    """The server did not answer a moment ago, so it was not asked."""


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, on connections that are watched."""

    def get_connection_params(self) -> dict:
        """Return what psycopg2 connects with."""
        watched = {"connection_factory": WatchedConnection, "cursor_factory": WatchedCursor}
        return super().get_connection_params() | watched

    def get_new_connection(self, conn_params: dict) -> object:
        """Connect, unless the server did not answer a moment ago. Raises: OperationalError."""
        if time.monotonic() < watch.rest_until:
            raise NotAnswering("the database server did not answer a moment ago")
        begun = time.monotonic()
        try:
            return super().get_new_connection(conn_params)
        except OperationalError:
            if time.monotonic() - begun > SLOW_SECONDS:
                watch.rest()
            raise


class WatchedConnection(extensions.connection):
    """Ends transactions under watch, and can be cut off from another thread."""

    def commit(self) -> None:
        """As psycopg2's."""
        with watch.over(self):
            super().commit()

    def rollback(self) -> None:
        """As psycopg2's."""
        with watch.over(self):
            super().rollback()

    def hang_up(self) -> None:
        """Shut the socket down under whatever waits on it; that fails as if the server had gone."""
        with contextlib.suppress(OSError, base.Database.Error):
            if not self.closed:
                with socket.socket(fileno=os.dup(self.fileno())) as copy:
                    copy.shutdown(socket.SHUT_RDWR)


class WatchedCursor(extensions.cursor):
    """Runs statements under watch; also the fetches, since those of a named cursor ask the server."""

    def execute(self, *args: object) -> None:
        """As psycopg2's."""
        with watch.over(self.connection):
            super().execute(*args)

    def executemany(self, *args: object) -> None:
        """As psycopg2's."""
        with watch.over(self.connection):
            super().executemany(*args)

    def fetchmany(self, *args: object) -> list:
        """As psycopg2's."""
        with watch.over(self.connection):
            return super().fetchmany(*args)


class Watch:
    """One thread a process that looks after the one call the process waits for (gunicorn's workers are `sync`)."""

    def __init__(self) -> None:
        self.rest_until = 0.0
        self._call: tuple[float, WatchedConnection] | None = None  # deadline and connection, set and read whole
        self._process = 0

    def rest(self) -> None:
        """Let nobody try to connect for a moment."""
        self.rest_until = time.monotonic() + REST_SECONDS

    @contextlib.contextmanager
    def over(self, connection: WatchedConnection) -> Iterator[None]:
        """Cut the connection if the block takes longer than the patience."""
        if self._process != os.getpid():  # a thread does not survive the fork of a new worker
            self._process = os.getpid()
            threading.Thread(target=self._look, name="database watch", daemon=True).start()
        self._call = time.monotonic() + PATIENCE_SECONDS, connection
        try:
            yield
        finally:
            self._call = None

    def _look(self) -> None:
        while True:
            time.sleep(0.25)
            call = self._call
            if call is not None and time.monotonic() >= call[0]:
                self.rest()
                call[1].hang_up()


watch = Watch()
