"""What may not reach a log: addresses that open something by themselves (`security.md` row 30), and floods."""

import logging
import re

# The same doors as in ops/nginx.conf.
DOORS = re.compile(r"(/(?:s|sign|w/screen|account/first-password|calls/objections|today/calendar)/)[^\s\"'?]+")


class WithoutTokens(logging.Filter):
    """Writes `/s/-` for the address of a submission link, and so for every other address that is a key."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record through, its message without tokens."""
        record.msg, record.args = DOORS.sub(r"\1-", record.getMessage()), ()
        return True


class SilentWhileAway(logging.Filter):
    """Leaves out the hundred failures that follow the first one while the database does not answer."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Drop what says that the database was not even asked."""
        error = record.exc_info[1] if record.exc_info else None
        return type(getattr(error, "__cause__", None)).__name__ != "NotAnswering"  # of config.postgres
