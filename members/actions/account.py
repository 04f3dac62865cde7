"""Accounts and the roles they hold."""

from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.errors import Refused
from members import audit
from members.models import Organisation, RoleAssignment, User
from members.passwords import first_password_tokens
from members.permissions import ROLE_PERMISSIONS, Permission, Role

OUTSIDE = _("This lies outside the organisations you administer.")


@transaction.atomic
def open_account(
    *,
    username: str,
    name: str,
    organisation: Organisation,
    by: User | None,
    password: str | None = None,
    email: str = "",
) -> User:
    """Open an account without any role; without a password it waits for its first-password link.

    Raises: Refused outside the organisations `by` administers. Side effects in order: row, audit row.
    """
    if by is not None and not by.has_permission(Permission.MANAGE_ACCOUNTS, organisation):
        raise Refused(OUTSIDE, code="outside_scope")
    user = User.objects.create_user(username, password, name=name, organisation=organisation, email=email)
    audit.record(actor=by, event="account.open", target=user)
    return user


@transaction.atomic
def grant(
    *,
    user: User,
    role: Role,
    organisation: Organisation,
    by: User | None,
    ends_on: date | None = None,
    starts_on: date | None = None,
) -> RoleAssignment:
    """Give a role over a subtree; running sessions of the account end, so it holds from the next sign-in.

    `by=None` is the set-up of a new installation.
    Raises: Refused when `by` gives a role to itself or outside its own subtree, or the account has it already.
    Side effects in order: lock of the account, row, session epoch, audit row.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    _may_administer(user, organisation, by)
    if RoleAssignment.objects.filter(user=user, role=role, organisation=organisation, revoked_at=None).exists():
        raise Refused(_("The account already holds this role there."), code="role_held")
    assignment = RoleAssignment.objects.create(
        user=user,
        role=role,
        organisation=organisation,
        starts_on=starts_on or timezone.localdate(),
        ends_on=ends_on,
        granted_by=by,
    )
    end_sessions(user)
    audit.record(actor=by, event="role.grant", target=user, role=str(role), over=organisation.pk)
    return assignment


@transaction.atomic
def revoke(*, assignment: RoleAssignment, by: User) -> None:
    """Take a role back; it stays on record. Side effects in order: lock, row, session epoch, audit row."""
    assignment = RoleAssignment.objects.select_for_update().get(pk=assignment.pk)
    if assignment.revoked_at is not None:
        return
    _may_administer(assignment.user, assignment.organisation, by)
    assignment.revoked_at, assignment.revoked_by = timezone.now(), by
    assignment.save(update_fields=["revoked_at", "revoked_by"])
    end_sessions(assignment.user)
    audit.record(
        actor=by,
        event="role.revoke",
        target=assignment.user,
        role=assignment.role,
        over=assignment.organisation_id,
    )


@transaction.atomic
def set_active(*, user: User, is_active: bool, by: User) -> None:
    """Let an account sign in, or stop it and end its sessions. Side effects in order: lock, row, audit row."""
    user = User.objects.select_for_update().get(pk=user.pk)
    may_take_over(user, by)
    user.is_active = is_active
    user.save(update_fields=["is_active"])
    end_sessions(user)
    audit.record(actor=by, event="account.enable" if is_active else "account.disable", target=user)


def _may_administer(user: User, organisation: Organisation, by: User | None) -> None:
    """Keep administrators inside their subtree and away from themselves (`security.md` row 12)."""
    if by is None:
        return
    if user.pk == by.pk:
        raise Refused(_("Nobody changes their own roles. Ask another administrator."), code="own_account")
    inside = by.has_permission(Permission.MANAGE_ACCOUNTS, organisation)
    if not inside or not by.has_permission(Permission.MANAGE_ACCOUNTS, user.organisation):
        raise Refused(OUTSIDE, code="outside_scope")


def may_take_over(user: User, by: User) -> None:
    """Keep administrators from the accounts of those above them: every role held must lie in their own subtree."""
    _may_administer(user, user.organisation, by)
    held = RoleAssignment.objects.in_force(timezone.localdate()).filter(user=user).select_related("organisation")
    if not all(by.has_permission(Permission.MANAGE_ACCOUNTS, assignment.organisation) for assignment in held):
        raise Refused(_("The account holds a role above the organisations you administer."), code="above_scope")


def administrators_of(user: User) -> list[User]:
    """Return the accounts that may administer this one today, itself perhaps among them."""
    roles = [role for role, held in ROLE_PERMISSIONS.items() if Permission.MANAGE_ACCOUNTS in held]
    in_force = RoleAssignment.objects.in_force(timezone.localdate()).filter(role__in=roles, user__is_active=True)
    rows = in_force.select_related("user", "organisation").order_by("pk")
    return [row.user for row in rows if user.organisation.path.startswith(row.organisation.path)]


def end_sessions(user: User) -> None:
    """End every session of an account on its next request."""
    user.session_epoch += 1
    user.save(update_fields=["session_epoch"])


@transaction.atomic
def change_password(*, user: User, password: str) -> None:
    """Set a new password; other sessions end since they are tied to it. Side effects: lock, row, audit row."""
    user = User.objects.select_for_update().get(pk=user.pk)
    user.set_password(password)
    user.save(update_fields=["password"])
    audit.record(actor=user, event="account.password", target=user)


@transaction.atomic
def change(*, user: User, by: User, **fields: object) -> User:
    """Change name, address or home organisation of an account.

    Raises: Refused outside the organisations `by` administers, where the account is or would be.
    Side effects in order: lock, row, audit row with field names.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    _may_administer(user, fields.get("organisation", user.organisation), by)
    changed = [name for name, value in fields.items() if getattr(user, name) != value]
    for name in changed:
        setattr(user, name, fields[name])
    if changed:
        user.save(update_fields=changed)
        audit.record(actor=by, event="account.change", target=user, fields=sorted(changed))
    return user


@transaction.atomic
def issue_first_password(*, user: User, by: User) -> str:
    """Return a one-use token with which the person sets a password that nobody else knows (72 hours).

    Earlier tokens die and sessions end. Raises: Refused as for the account itself, also for an account that may not
    sign in. Side effects in order: lock, session epoch, audit row.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    may_take_over(user, by)
    if not user.is_active:
        raise Refused(_("The account is disabled. Enable it first."), code="disabled")
    end_sessions(user)
    audit.record(actor=by, event="account.first_password_issue", target=user)
    return first_password_tokens.make_token(user)


@transaction.atomic
def set_first_password(*, user: User, token: str, password: str) -> None:
    """Set the password the person chose with the link; the link dies with it.

    Raises: Refused when the link was used meanwhile or is too old. Side effects in order: lock, row, audit row.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    if not first_password_tokens.check_token(user, token):
        raise Refused(_("This link has been used or is too old. Ask your administrator for a new one."), code="dead")
    user.set_password(password)
    user.save(update_fields=["password"])
    audit.record(actor=user, event="account.first_password", target=user)
