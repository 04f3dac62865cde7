"""Tables of this app on the data desk."""

from cases.admin import case, vocabulary

__all__ = ["case", "vocabulary"]
