"""Decisions taken slowly and announced together: pending ones nobody outside sees, and their announcement."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models.assignment import hidden_from
from cases.models.case import Case, Revision, State
from cases.models.review import Decision
from members.models.organisation import under_paths
from members.permissions import Permission


class Announcement(models.Model):
    """One announcing of pending decisions; the worker carries it out."""

    made_at = models.DateTimeField(_("announced at"), default=timezone.now)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="announcements_made", verbose_name=_("announced by")
    )
    finished_at = models.DateTimeField(_("finished at"), null=True)

    class Meta:
        verbose_name = _("announcement")
        verbose_name_plural = _("announcements")

    def __str__(self) -> str:
        return str(self.made_at)


class PendingQuerySet(models.QuerySet):
    """Reads of pending decisions."""

    def visible_to(self, user: models.Model) -> "PendingQuerySet":
        """Keep decisions on cases whose texts the user edits and that are not hidden from them."""
        found = self.filter(under_paths("case__organisation__path", user.paths(Permission.EDIT_CASE)))
        hidden = hidden_from(user)
        return found if hidden is None else found.exclude(case__in=Case.objects.filter(hidden))

    def open(self) -> "PendingQuerySet":
        """Keep what is neither undone nor carried out."""
        return self.filter(undone_at=None, decision=None)


class PendingDecision(models.Model):
    """A decision on a case that waits to be announced: pinned to the text and the state it was taken on.

    It is no move of the case yet. `problem` says why an announcement could not carry it out.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="pending", verbose_name=_("case"))
    revision = models.ForeignKey(Revision, models.PROTECT, related_name="+", verbose_name=_("on revision"))
    seen_state = models.CharField(_("taken in state"), max_length=20, choices=State)
    kind = models.CharField(_("decision"), max_length=20, choices=Decision.Kind)
    note = models.TextField(_("note"), blank=True)
    duplicate_of = models.ForeignKey(Case, models.PROTECT, null=True, related_name="+", verbose_name=_("duplicate of"))
    recorded_at = models.DateTimeField(_("recorded at"), default=timezone.now)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="decisions_recorded", verbose_name=_("recorded by")
    )
    undone_at = models.DateTimeField(_("undone at"), null=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("undone by")
    )
    announcement = models.ForeignKey(
        Announcement, models.PROTECT, null=True, related_name="pending", verbose_name=_("announcement")
    )
    decision = models.OneToOneField(
        Decision, models.PROTECT, null=True, related_name="pending", verbose_name=_("decision made of it")
    )
    problem = models.TextField(_("why it could not be carried out"), blank=True)

    objects = PendingQuerySet.as_manager()

    class Meta:
        verbose_name = _("pending decision")
        verbose_name_plural = _("pending decisions")
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=models.Q(undone_at=None, decision=None), name="pending_once_a_case"
            ),
            models.CheckConstraint(
                condition=models.Q(undone_at=None, undone_by=None)
                | models.Q(undone_at__isnull=False, undone_by__isnull=False),
                name="pending_undone_at_and_by",
            ),
            models.CheckConstraint(
                condition=models.Q(decision=None) | models.Q(announcement__isnull=False),
                name="pending_done_by_announcement",
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()

    @property
    def is_stale(self) -> bool:
        """Whether the case has moved, or its text changed, since it was decided on."""
        return self.case.state != self.seen_state or self.case.current_revision_id != self.revision_id
