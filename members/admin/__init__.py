"""Tables of this app on the data desk. `cases.admin.urls` gathers them."""

from members.admin import account, development, merge, organisation, role
from members.admin.site import desk

__all__ = ["account", "desk", "development", "merge", "organisation", "role"]
