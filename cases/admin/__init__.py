"""Tables of this app on the data desk, after those of the apps below: this one sees them all."""

from cases.admin import case, terms, vocabulary
from services import admin as ledger

__all__ = ["case", "ledger", "terms", "vocabulary"]
