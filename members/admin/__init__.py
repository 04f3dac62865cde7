"""Tables of this app on the data desk. `cases.admin.urls` gathers them."""

from members.admin import account, cleanup, development, merge, organisation, person, role
from members.admin.site import desk

__all__ = ["account", "cleanup", "desk", "development", "merge", "organisation", "person", "role"]
