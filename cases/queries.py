"""Reads across the models of this app."""

from cases import workflow
from cases.models import Case, Decision
from members.models import User
from members.permissions import Permission


def is_author(case: Case, user: User) -> bool:
    """Tell whether the user stands on the submitting side: entered it, or submits for its organisation.

    An editor of the desk is not the author of what others sent in, although the desk may submit on their behalf.
    """
    if case.created_by_id == user.pk:
        return True
    return user.has_permission(Permission.SUBMIT_CASE, case.organisation) and not user.has_permission(
        Permission.EDIT_CASE, case.organisation
    )


def standing(case: Case, user: User) -> dict:
    """Return what `workflow.allows` asks about a person: one query for the stages already signed."""
    return {
        "has_permission": lambda permission: user.has_permission(permission, case.organisation),
        "is_author": is_author(case, user),
        "signed_stages": set(case.signatures.filter(signed_by=user).values_list("stage", flat=True)),
    }


def available_decisions(case: Case, user: User) -> list[Decision.Kind]:
    """Return the moves `user` may make on `case` now."""
    return workflow.available(Case.State(case.state), **standing(case, user))


def may_edit(case: Case, user: User) -> bool:
    """Tell whether the user may change the text in the case's present state."""
    state = Case.State(case.state)
    if state in workflow.EDITED_BY_AUTHOR and is_author(case, user):
        return True
    return state in workflow.EDITED_AT_DESK and user.has_permission(Permission.EDIT_CASE, case.organisation)
