"""Who and where."""

from members.models.account import Notice, RoleAssignment, User
from members.models.audit import AuditEvent
from members.models.organisation import Organisation, Region
from members.models.register import Person, Post

__all__ = ["AuditEvent", "Notice", "Organisation", "Person", "Post", "Region", "RoleAssignment", "User"]
