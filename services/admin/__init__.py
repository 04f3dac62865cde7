"""Tables of this app on the data desk."""

from services.admin import activity, batch, duty, venue, vocabulary

__all__ = ["activity", "batch", "duty", "venue", "vocabulary"]
