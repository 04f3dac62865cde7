"""One line of counts that opens its rows: leads by channel, region or month, check-ins by month (pure)."""

from dataclasses import dataclass
from urllib.parse import urlencode


@dataclass(frozen=True)
class Tally:
    """How many rows, how many of them confirmed, and the filter that opens exactly those."""

    label: str
    found: int
    confirmed: int
    wanted: dict

    @property
    def query(self) -> str:
        """The query string that opens the rows counted."""
        return f"?{urlencode(self.wanted)}"

    @property
    def confirmed_query(self) -> str:
        """The query string that opens the confirmed ones."""
        return f"?{urlencode(self.wanted | {'confirmed': 'on'})}"
