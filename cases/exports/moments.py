"""How the papers of a case write when something happened."""

from datetime import datetime

from django.utils import timezone


def moment(at: datetime) -> str:
    """Return day and time on the site's clock, to the minute."""
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"
