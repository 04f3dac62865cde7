"""Tables of this app on the data desk."""

from services.admin import activity, batch, venue, vocabulary

__all__ = ["activity", "batch", "venue", "vocabulary"]
