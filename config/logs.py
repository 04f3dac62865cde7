"""What may not reach a log: addresses that open something by themselves (`security.md` row 30)."""

import logging
import re

# The same doors as in ops/nginx.conf.
DOORS = re.compile(r"(/(?:s|account/first-password)/)[^\s\"'?]+")


class WithoutTokens(logging.Filter):
    """Writes `/s/-` for the address of a submission link, and so for a first password."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record through, its message without tokens."""
        record.msg, record.args = DOORS.sub(r"\1-", record.getMessage()), ()
        return True
