"""Who is to review which case, who must keep away from one, and what reviewers like to read.

`Case` reads `hidden_from` of this file, so this file names the models of `case` in words.
"""

from datetime import date

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases import conflict
from cases.conflict import Body
from cases.models.call import PartQuerySet, Phase
from members.models import Organisation, Region
from members.models.organisation import under_paths
from members.permissions import Permission

UNDER_REVIEW = ("received", "first_review", "second_review", "final_review", "ready")  # `workflow.HELD`, in words
NOT_ENDED = models.Q(ended_at=None)


class Task(models.TextChoices):
    """What is asked of a reviewer: an opinion in points, or one of the three reviews."""

    SCORE = "score", _("Score it")
    FIRST = "first", _("First review")
    SECOND = "second", _("Second review")
    FINAL = "final", _("Final review")


class Ending(models.TextChoices):
    """How an assignment ended without having been done."""

    DECLINED = "declined", _("Declined by the reviewer")
    TAKEN_BACK = "taken_back", _("Taken back")
    RECUSED = "recused", _("Conflict of interest")


class RecusalKind(models.TextChoices):
    """What was said of one person and one case, over what the tree of organisations says."""

    DECLARED = "declared", _("Keeps away")
    LIFTED = "lifted", _("Admitted in spite of the conflict")


def body_of(organisation: Organisation) -> Body:
    """Return a body's place for the question of conflict; loads its region."""
    return Body(
        organisation.path,
        organisation.parent_id is not None and organisation.region.level != Region.Level.PROVINCE,
    )


def of_own_bodies(bodies: list[Body], prefix: str = "organisation__") -> models.Q:
    """Match rows whose organisation is one of these bodies, or stands above or below one under the province."""
    low = models.Q(**{f"{prefix}parent__isnull": False}) & ~models.Q(
        **{f"{prefix}region__level": Region.Level.PROVINCE}
    )
    found = models.Q(**{f"{prefix}path__in": [body.path for body in bodies]})
    for body in bodies:
        found |= models.Q(**{f"{prefix}path__in": conflict.above(body.path)}) & low
    return found | under_paths(f"{prefix}path", [body.path for body in bodies if body.is_low])


def in_conflict(user: models.Model, case: str = "pk", prefix: str = "organisation__") -> models.Q:
    """Match the cases a person may not judge: declared so, or by the tree and not admitted since."""
    said = Recusal.objects.filter(NOT_ENDED, user=user, case=models.OuterRef(case))
    declared = models.Exists(said.filter(kind=RecusalKind.DECLARED))
    lifted = models.Exists(said.filter(kind=RecusalKind.LIFTED))
    bodies = [body_of(organisation) for organisation in user.own_bodies]
    return models.Q(declared) | (of_own_bodies(bodies, prefix) & ~models.Q(lifted))


def hidden_from(user: models.Model) -> models.Q | None:
    """Match the cases whose desk page a reviewer may not see; None where nothing is hidden.

    Concerns accounts of the desk alone: others see cases from the submitting side, or through an assignment. By the
    tree one is kept away while anything under review is given to one: a county's own editors edit their county's
    cases, but do not sit on its jury. Of a call judged blind its jury sees no desk page at all, but its own sheets.
    """
    if not (user.has_permission(Permission.SCORE_CASES) and user.has_permission(Permission.READ_DESK)):
        return None
    said = Recusal.objects.filter(NOT_ENDED, user=user, case=models.OuterRef("pk"))
    declared = models.Exists(said.filter(kind=RecusalKind.DECLARED))
    mine = Assignment.objects.filter(NOT_ENDED, reviewer=user)
    sits = models.Exists(mine.filter(case__state__in=UNDER_REVIEW))
    jury = mine.filter(task=Task.SCORE, case__call__isnull=False).values("case__call")
    blind = models.Q(call__in=blind_calls(timezone.localdate()).values("call"), call__isnull=False)
    return models.Q(declared) | (models.Q(sits) & in_conflict(user)) | (blind & models.Q(call__in=jury))


def blind_calls(today: date) -> PartQuerySet:
    """Return the blind phases that are not over: from being given a case until their end a reviewer sees no names."""
    return Phase.objects.filter(kind=Phase.Kind.REVIEW, is_blind=True, ends_on__gte=today)


class AssignmentQuerySet(models.QuerySet):
    """Reads of assignments; row-level security stands underneath."""

    def visible_to(self, user: models.Model) -> "AssignmentQuerySet":
        """Keep the user's own, and those of cases the user gives out; none of a case they must keep away from."""
        given = under_paths("organisation__path", user.paths(Permission.ASSIGN_REVIEWS))
        return self.filter(models.Q(reviewer=user) | given).exclude(in_conflict(user, "case_id"))

    def mine(self, user: models.Model) -> "AssignmentQuerySet":
        """Keep the user's own that still stand, while their case is under review."""
        return self.visible_to(user).filter(NOT_ENDED, reviewer=user, case__state__in=UNDER_REVIEW)

    def standing(self) -> "AssignmentQuerySet":
        """Keep those neither declined nor taken back."""
        return self.filter(NOT_ENDED)

    def with_row(self) -> "AssignmentQuerySet":
        """Join what a list row shows."""
        return self.select_related(
            "case__organisation", "case__field", "case__current_revision", "case__created_by", "reviewer"
        )


class Assignment(models.Model):
    """One case given to one reviewer for one task, until a day. Ends by being done, declined or taken back."""

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="assignments", verbose_name=_("case"))
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="cases_assignments", verbose_name=_("submitting organisation")
    )
    organisation_path = models.CharField(max_length=200, editable=False)
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="cases_assigned", verbose_name=_("reviewer")
    )
    task = models.CharField(_("task"), max_length=10, choices=Task, default=Task.SCORE)
    due_on = models.DateField(_("due on"))
    given_at = models.DateTimeField(_("given at"), default=timezone.now)
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="cases_given_out", verbose_name=_("given by")
    )
    done_at = models.DateTimeField(_("done at"), null=True)
    ended_at = models.DateTimeField(_("ended at"), null=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    ending = models.CharField(_("how it ended"), max_length=10, choices=Ending, blank=True)
    ended_reason = models.CharField(_("reason"), max_length=500, blank=True)
    unblinded_at = models.DateTimeField(_("names shown at"), null=True)
    unblinded_reason = models.CharField(_("why names were shown"), max_length=500, blank=True)
    reminded_on = models.DateField(_("reminded on"), null=True)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        constraints = [
            models.CheckConstraint(condition=models.Q(task__in=Task.values), name="assignment_task_known"),
            models.CheckConstraint(
                condition=models.Q(ended_at=None, ended_by=None, ending="")
                | (models.Q(ended_at__isnull=False, ended_by__isnull=False) & ~models.Q(ending="")),
                name="assignment_ended_at_by_and_how",
            ),
            models.UniqueConstraint(
                fields=["case", "reviewer", "task"], condition=NOT_ENDED, name="assignment_once_per_task"
            ),
            models.UniqueConstraint(
                fields=["case", "task"],
                condition=NOT_ENDED & ~models.Q(task=Task.SCORE),
                name="assignment_one_per_stage",
            ),
            ExclusionConstraint(
                name="assignment_one_person_one_stage",
                expressions=[("case", "="), ("reviewer", "="), ("task", "<>")],
                condition=NOT_ENDED & ~models.Q(task=Task.SCORE),
            ),
        ]
        indexes = [models.Index(fields=["reviewer", "due_on"], condition=NOT_ENDED, name="assignment_of_reviewer")]

    def __str__(self) -> str:
        return f"{self.get_task_display()} · {self.reviewer}"

    def get_absolute_url(self) -> str:
        """Return where the reviewer does it."""
        return reverse("cases:scoring_sheet", args=[self.pk])

    @property
    def days_left(self) -> int:
        """Days until it is due; negative when it is late."""
        return (self.due_on - timezone.localdate()).days


class RecusalQuerySet(models.QuerySet):
    """Reads of what was said of conflicts."""

    def standing(self) -> "RecusalQuerySet":
        """Keep what holds now."""
        return self.filter(NOT_ENDED)


class Recusal(models.Model):
    """What a reviewer declared, or a chief lifted, of a conflict of interest; a later word ends the earlier one.

    Conflicts by the tree of organisations are computed and never stored.
    """

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="recusals", verbose_name=_("case"))
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="cases_recusals")
    organisation_path = models.CharField(max_length=200, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="cases_recusals", verbose_name=_("reviewer")
    )
    kind = models.CharField(_("what was said"), max_length=10, choices=RecusalKind)
    reason = models.CharField(_("reason"), max_length=500)
    made_at = models.DateTimeField(_("at"), default=timezone.now)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    ended_at = models.DateTimeField(_("ended at"), null=True)

    objects = RecusalQuerySet.as_manager()

    class Meta:
        verbose_name = _("recusal")
        verbose_name_plural = _("recusals")
        constraints = [
            models.UniqueConstraint(fields=["case", "user"], condition=NOT_ENDED, name="recusal_one_word_at_a_time")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.user}"


class Interest(models.Model):
    """A field a reviewer likes to read; decides between equals when cases are given out."""

    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="cases_interests")
    field = models.ForeignKey("cases.SubjectField", models.CASCADE, related_name="interests")

    class Meta:
        verbose_name = _("field of interest")
        verbose_name_plural = _("fields of interest")
        constraints = [models.UniqueConstraint(fields=["reviewer", "field"], name="interest_once")]

    def __str__(self) -> str:
        return str(self.field)
