"""Accounts, the roles they hold over subtrees, and what they are told."""

from collections.abc import Iterable
from datetime import date
from functools import cached_property

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from members.models.organisation import Organisation, under_paths
from members.models.register import Person
from members.permissions import NEEDS_FACTOR, OWN_ROLES, ROLE_PERMISSIONS, Permission, Role


class UserQuerySet(models.QuerySet):
    """Reads of accounts."""

    def visible_to(self, user: "User") -> "UserQuerySet":
        """Keep accounts at home in a subtree in which `user` may manage accounts."""
        return self.filter(under_paths("organisation__path", user.paths(Permission.MANAGE_ACCOUNTS)))


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):
    """Makes accounts; the password is hashed on the way."""

    def create_user(self, username: str, password: str | None = None, **fields: object) -> "User":
        """Store an account. `password=None` makes it unable to sign in until a first password is set."""
        user = self.model(username=self.model.normalize_username(username), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A named account of one person. Rights come from its role assignments alone."""

    username = models.CharField(_("user name"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=60)
    email = models.EmailField(_("e-mail"), blank=True)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="accounts", verbose_name=_("home organisation")
    )
    person = models.OneToOneField(
        Person, models.SET_NULL, null=True, blank=True, related_name="account", verbose_name=_("person")
    )
    is_active = models.BooleanField(_("may sign in"), default=True)
    session_epoch = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: list[str] = []

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")

    def __str__(self) -> str:
        return self.name or self.username

    def get_session_auth_hash(self) -> str:
        """Tie sessions to the password and to `session_epoch`, so that a role change ends them."""
        return f"{super().get_session_auth_hash()}.{self.session_epoch}"

    def get_session_auth_fallback_hash(self) -> Iterable[str]:
        """Accept sessions signed with an earlier secret key, same epoch."""
        return (f"{value}.{self.session_epoch}" for value in super().get_session_auth_fallback_hash())

    @cached_property
    def current_roles(self) -> list[tuple[Role, str]]:
        """The roles in force today with the path each acts under; one query per request."""
        rows = self.role_assignments.in_force(timezone.localdate()).order_by("pk")
        return [(Role(role), path) for role, path in rows.values_list("role", "organisation__path")]

    def paths(self, permission: Permission | None = None) -> list[str]:
        """Return the organisation paths under which the user has `permission` (or any role)."""
        if not self.is_active:
            return []
        return [path for role, path in self.current_roles if permission is None or permission in ROLE_PERMISSIONS[role]]

    @cached_property
    def own_bodies(self) -> list[Organisation]:
        """The bodies on whose side the account stands: its home, and those it submits for; one query per request."""
        paths = {path for role, path in self.current_roles if role in OWN_ROLES}
        rows = Organisation.objects.filter(models.Q(pk=self.organisation_id) | models.Q(path__in=paths))
        return list(rows.select_related("region"))

    def has_permission(self, permission: Permission | str, organisation: Organisation | None = None) -> bool:
        """Tell whether the user has a permission, anywhere or over one organisation."""
        paths = self.paths(Permission(permission))
        return bool(paths) if organisation is None else any(organisation.path.startswith(path) for path in paths)

    def would_gain(self, source: Organisation, target: Organisation) -> bool:
        """Tell whether what belongs to `source` would give the user new rights by coming under `target`."""
        return any(
            self.has_permission(permission, target) and not self.has_permission(permission, source)
            for permission in Permission
        )

    @property
    def needs_factor(self) -> bool:
        """Tell whether a role of the account asks for a second factor."""
        return any(NEEDS_FACTOR & ROLE_PERMISSIONS[role] for role, _path in self.current_roles)

    @property
    def role_labels(self) -> list[str]:
        """The user's roles in words, each once."""
        return list(dict.fromkeys(role.label for role, _path in self.current_roles))

    @property
    def is_staff(self) -> bool:
        """The admin's own question: may this account open it."""
        return self.is_active and self.has_permission(Permission.USE_ADMIN)

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Refuse Django's own permissions: the admin asks our table instead."""
        return False

    def has_module_perms(self, app_label: str) -> bool:
        """Show an app in the admin to those who may use the admin."""
        return self.is_staff


class RoleAssignmentQuerySet(models.QuerySet):
    """Reads of role assignments."""

    def in_force(self, today: date) -> "RoleAssignmentQuerySet":
        """Keep assignments that hold on `today`."""
        return self.filter(models.Q(ends_on=None) | models.Q(ends_on__gte=today), starts_on__lte=today, revoked_at=None)

    def visible_to(self, user: User) -> "RoleAssignmentQuerySet":
        """Keep assignments over subtrees in which `user` may manage accounts."""
        return self.filter(under_paths("organisation__path", user.paths(Permission.MANAGE_ACCOUNTS)))


class RoleAssignment(models.Model):
    """A role over an organisation's subtree, with an end."""

    user = models.ForeignKey(User, models.PROTECT, related_name="role_assignments", verbose_name=_("account"))
    role = models.CharField(_("role"), max_length=20, choices=Role)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="role_assignments", verbose_name=_("over")
    )
    starts_on = models.DateField(_("from"), default=timezone.localdate)
    ends_on = models.DateField(_("to"), null=True, blank=True)
    granted_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="roles_granted", verbose_name=_("granted by")
    )
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    revoked_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="roles_revoked", verbose_name=_("revoked by")
    )

    objects = RoleAssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("role assignment")
        verbose_name_plural = _("role assignments")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on=None) | models.Q(ends_on__gte=models.F("starts_on")),
                name="role_ends_after_start",
            ),
            models.CheckConstraint(
                condition=models.Q(revoked_at=None, revoked_by=None)
                | models.Q(revoked_at__isnull=False, revoked_by__isnull=False),
                name="role_revoked_at_and_by",
            ),
            models.UniqueConstraint(
                fields=["user", "role", "organisation"],
                condition=models.Q(revoked_at=None),
                name="role_once_per_organisation",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} · {self.organisation}"


class NoticeQuerySet(models.QuerySet):
    """Reads of notices."""

    def visible_to(self, user: User) -> "NoticeQuerySet":
        """Keep the user's own."""
        return self.filter(user=user)

    def unread(self) -> "NoticeQuerySet":
        """Keep what the user has not opened yet."""
        return self.filter(read_at=None)

    def unread_first(self) -> "NoticeQuerySet":
        """Order unread before read, each newest first."""
        return self.order_by(models.Case(models.When(read_at=None, then=0), default=1), "-created_at", "-pk")


class Notice(models.Model):
    """A line that tells an account what happened to something of theirs. `text` is a message id with `detail` in it."""

    user = models.ForeignKey(User, models.CASCADE, related_name="notices", verbose_name=_("account"))
    text = models.CharField(_("text"), max_length=200)
    detail = models.JSONField(default=dict)
    url = models.CharField(_("address"), max_length=200)
    created_at = models.DateTimeField(_("at"), default=timezone.now)
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        indexes = [models.Index(fields=["user", "-created_at"], name="notice_user_newest")]

    def __str__(self) -> str:
        return self.sentence

    @property
    def sentence(self) -> str:
        """The text in the reader's language, its places filled."""
        return gettext(self.text) % self.detail
