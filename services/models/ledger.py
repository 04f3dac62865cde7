"""What every row of the ledger says of itself: whose it is, how it came in, and whether it was taken back.

`organisation` and its subtree scope every row (组织隶属); where a row also lies in a township it has a `region` (属地).
`organisation_path` repeats the path for row-level security. Queries narrow by the organisation's own path: that table
has no row-level security, so Postgres may use the index of the prefix, which it may not under a policy.
"""

import uuid
import zoneinfo
from datetime import date

from django.conf import settings
from django.db import models
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from members.models import Organisation
from members.models.organisation import under_paths
from members.permissions import Permission

# Our choice: nothing the ledger tells of lies before the People's Republic, so an earlier date is a slip of the pen.
EARLIEST = date(1949, 10, 1)
UNDO_MINUTES = 10
HERE = zoneinfo.ZoneInfo(settings.TIME_ZONE)


class Source(models.TextChoices):
    """How a row came in."""

    HAND = "hand", _("Logged by hand")
    IMPORT = "import", _("Imported")
    PLATFORM = "platform", _("From a platform")


class Level(models.TextChoices):
    """How high the body stands that gave an honour or a certificate."""

    STATE = "state", _("National")
    PROVINCE = "province", _("Provincial")
    CITY = "city", pgettext_lazy("level", "City")
    COUNTY = "county", _("County level")
    TOWNSHIP = "township", _("Township level")
    UNIT = "unit", _("Own unit")


class VoidReason(models.TextChoices):
    """Why a row no longer counts. Nothing is deleted."""

    UNDONE = "undone", _("Undone right after saving")
    MISTAKE = "mistake", _("Entered by mistake")
    DOUBLE = "double", _("Entered twice")
    BATCH = "batch", _("Its import was undone")


class LedgerQuerySet(models.QuerySet):
    """Reads every area shares; row-level security stands underneath."""

    def visible_to(self, user: models.Model) -> "LedgerQuerySet":
        """Keep rows of organisations in which the user may read the ledger."""
        return self.filter(under_paths("organisation__path", user.paths(Permission.READ_LEDGER)))

    def within(self, user: models.Model, permission: Permission) -> "LedgerQuerySet":
        """Keep rows of organisations in which the user holds another permission."""
        return self.filter(under_paths("organisation__path", user.paths(permission)))


class EnteredQuerySet(LedgerQuerySet):
    """Reads of rows that may have been taken back."""

    def standing(self) -> "EnteredQuerySet":
        """Keep what counts: rows nobody has taken back."""
        return self.filter(voided_at=None)


class Ledger(models.Model):
    """A row that belongs to an organisation."""

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="services_%(class)s_rows", verbose_name=_("organisation")
    )
    organisation_path = models.CharField(max_length=200, editable=False)

    class Meta:
        abstract = True


class Entered(Ledger):
    """A row somebody entered, once, and may take back. `once` makes a second post of the same form find the first."""

    once = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    source = models.CharField(_("came by"), max_length=10, choices=Source, default=Source.HAND)
    logged_at = models.DateTimeField(_("entered at"), default=timezone.now)
    logged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="services_%(class)s_entered",
        verbose_name=_("entered by"),
    )
    voided_at = models.DateTimeField(_("taken back at"), null=True, blank=True)
    voided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="services_%(class)s_voided",
        verbose_name=_("taken back by"),
    )
    void_reason = models.CharField(_("why taken back"), max_length=10, choices=VoidReason, blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=models.Q(voided_at=None, voided_by=None, void_reason="")
                | (models.Q(voided_at__isnull=False, voided_by__isnull=False) & ~models.Q(void_reason="")),
                name="%(class)s_voided_whole",
            ),
            models.CheckConstraint(condition=models.Q(source__in=Source.values), name="%(class)s_source_known"),
        ]

    @property
    def is_undoable(self) -> bool:
        """Whether its author may still take it back with one tap."""
        return self.voided_at is None and timezone.now() - self.logged_at < timezone.timedelta(minutes=UNDO_MINUTES)


class LocalDay(TruncDate):
    """The day of a moment in China, whatever the connection's time zone (migrations name this class)."""

    def __init__(self, expression: object, **extra: object) -> None:
        super().__init__(expression, tzinfo=HERE, **extra)


def day_between(field: str, moment: str) -> models.Q:
    """Match rows whose day is sane and not after the day of the moment it was entered at (China time)."""
    return models.Q(**{f"{field}__gte": EARLIEST, f"{field}__lte": LocalDay(models.F(moment))})


def ends_after(start: str, end: str) -> models.Q:
    """Match rows that have no end, or one not before their start."""
    return models.Q(**{end: None}) | models.Q(**{f"{end}__gte": models.F(start)})


def both_or_neither(*fields: str) -> models.Q:
    """Match rows in which all of the fields are filled, or none."""
    return models.Q(**dict.fromkeys(fields)) | models.Q(**{f"{field}__isnull": False for field in fields})


def exactly_one(*fields: str) -> models.Q:
    """Match rows in which one of the fields is filled and the others are not."""
    condition = models.Q(pk__in=[])
    for wanted in fields:
        condition |= models.Q(**{f"{field}__isnull": field != wanted for field in fields})
    return condition


def at_most_one(*fields: str) -> models.Q:
    """Match rows in which no more than one of the fields is filled."""
    return exactly_one(*fields) | models.Q(**dict.fromkeys(fields))
