"""Readers' comments, public only after approval."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from members.models.organisation import under_paths
from members.permissions import Permission


class CommentQuerySet(models.QuerySet):
    """Reads of comments."""

    def visible_to(self, user: models.Model) -> "CommentQuerySet":
        """Keep comments on cases over which the user moderates."""
        return self.filter(under_paths("case__organisation__path", user.paths(Permission.MODERATE_COMMENTS)))

    def public(self) -> "CommentQuerySet":
        """Keep what readers see."""
        return self.filter(state=Comment.State.APPROVED)

    def reported(self) -> "CommentQuerySet":
        """Keep public comments a reader objects to, which nobody has looked at since."""
        return self.public().filter(reports__gt=0)


class Comment(models.Model):
    """A reader's words on a published case."""

    class State(models.TextChoices):
        """Where a comment stands."""

        PENDING = "pending", _("Waiting for approval")
        APPROVED = "approved", _("Public")
        REJECTED = "rejected", _("Not published")

        @property
        def tone(self) -> str:
            """The colour of its tag."""
            return {"pending": "attention", "approved": "success", "rejected": "ended"}[self.value]

    case = models.ForeignKey(Case, models.PROTECT, related_name="comments", verbose_name=_("case"))
    name = models.CharField(_("name"), max_length=40)
    body = models.TextField(_("comment"), max_length=1000)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PENDING)
    created_at = models.DateTimeField(_("written at"), default=timezone.now)
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="comments_decided", verbose_name=_("by")
    )

    reports = models.PositiveSmallIntegerField(_("reports"), default=0)
    reported_at = models.DateTimeField(_("first reported at"), null=True)

    objects = CommentQuerySet.as_manager()

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(decided_at=None, decided_by=None)
                | models.Q(decided_at__isnull=False, decided_by__isnull=False),
                name="comment_decided_at_and_by",
            ),
            models.CheckConstraint(
                condition=models.Q(reports=0, reported_at=None) | models.Q(reports__gt=0, reported_at__isnull=False),
                name="comment_reports_have_moment",
            ),
        ]
        indexes = [models.Index(fields=["state", "created_at"], name="comment_queue")]

    def __str__(self) -> str:
        return self.body[:40]

    @property
    def status(self) -> State:
        """The state as a member of the enum, for its label and tone."""
        return Comment.State(self.state)
