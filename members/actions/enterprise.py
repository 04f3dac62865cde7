"""Enterprises: organisations that keepers of people may add and correct, within their own subtree."""

import secrets

from django.db import transaction

from config.errors import Refused
from members.actions import organisation as organisations
from members.actions.register import OUTSIDE
from members.models import Organisation, Region, User
from members.permissions import Permission


@transaction.atomic
def found(
    *, name: str, parent: Organisation, region: Region, by: User, short_name: str = "", uscc: str = ""
) -> Organisation:
    """Add an enterprise under a body whose people `by` keeps; its code comes from the credit code where it has one.

    Raises: Refused outside the scope. Side effects as `organisation.found`.
    """
    if not by.has_permission(Permission.EDIT_PEOPLE, parent):
        raise Refused(OUTSIDE, code="outside_scope")
    return organisations.found(
        code=f"ent-{(uscc or secrets.token_hex(6)).lower()}",
        name=name,
        short_name=short_name,
        kind=Organisation.Kind.ENTERPRISE,
        parent=parent,
        region=region,
        uscc=uscc,
        by=by,
    )


@transaction.atomic
def change(*, enterprise: Organisation, by: User, **fields: object) -> Organisation:
    """Correct an enterprise's names, region or credit code. Raises: Refused outside the scope."""
    if not by.has_permission(Permission.EDIT_PEOPLE, enterprise):
        raise Refused(OUTSIDE, code="outside_scope")
    return organisations.change(organisation=enterprise, by=by, **fields)
