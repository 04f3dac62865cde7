"""What reviewers say of a case: an opinion in marks, pinned to the revision that was read, kept version by version."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models.assignment import Assignment
from cases.models.case import Case, Revision
from members.models import Organisation


class Confidence(models.IntegerChoices):
    """How sure a reviewer is of the own judgement."""

    LOW = 1, _("Not sure: this field is not mine")
    MEDIUM = 2, _("Fairly sure")
    HIGH = 3, _("Sure: I know this field")


class ReviewQuerySet(models.QuerySet):
    """Reads of opinions; row-level security stands underneath."""

    def current(self) -> "ReviewQuerySet":
        """Keep the newest version of each."""
        return self.filter(is_current=True)


class Review(models.Model):
    """One reviewer's opinion on one revision of a case. A change is a new version; the earlier ones stay.

    Advice to those who decide: it never moves a case. `total` is the weighted sum of the marks, 0 to 100;
    `passes_gate` is false where a gate was not passed, whatever the sum.
    """

    assignment = models.ForeignKey(Assignment, models.PROTECT, related_name="reviews", verbose_name=_("assignment"))
    case = models.ForeignKey(Case, models.PROTECT, related_name="reviews", verbose_name=_("case"))
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="cases_reviews")
    organisation_path = models.CharField(max_length=200, editable=False)
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="cases_reviews", verbose_name=_("reviewer")
    )
    revision = models.ForeignKey(Revision, models.PROTECT, related_name="reviews", verbose_name=_("on revision"))
    version = models.PositiveSmallIntegerField(_("version"))
    is_current = models.BooleanField(default=True)
    total = models.DecimalField(_("sum"), max_digits=5, decimal_places=2)
    passes_gate = models.BooleanField(_("passes the gate"))
    confidence = models.PositiveSmallIntegerField(_("confidence"), choices=Confidence)
    comment = models.TextField(_("opinion"), max_length=4000)
    given_at = models.DateTimeField(_("given at"), default=timezone.now)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("opinion of a reviewer")
        verbose_name_plural = _("opinions of reviewers")
        constraints = [
            models.UniqueConstraint(fields=["assignment", "version"], name="review_version_once"),
            models.UniqueConstraint(
                fields=["assignment"], condition=models.Q(is_current=True), name="review_one_current"
            ),
            models.CheckConstraint(condition=models.Q(total__gte=0, total__lte=100), name="review_total_in_hundred"),
        ]
        indexes = [models.Index(fields=["case"], condition=models.Q(is_current=True), name="review_of_case")]

    def __str__(self) -> str:
        return f"{self.reviewer} · {self.total}"

    def get_confidence_label(self) -> str:
        """The confidence in words."""
        return Confidence(self.confidence).label


class Mark(models.Model):
    """One answer of an opinion, with the question, its weight and its levels as they were then."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="marks", verbose_name=_("opinion"))
    criterion = models.ForeignKey(
        "cases.Criterion", models.SET_NULL, null=True, related_name="marks", verbose_name=_("asked as")
    )
    position = models.PositiveSmallIntegerField(_("position"))
    name = models.CharField(_("name"), max_length=20)
    question = models.CharField(_("question to the reviewer"), max_length=300, blank=True)
    is_gate = models.BooleanField(default=False)
    weight_percent = models.PositiveSmallIntegerField(_("weight"))
    levels = models.CharField(_("levels offered"), max_length=400)
    level = models.CharField(_("level"), max_length=20)
    points = models.PositiveSmallIntegerField(_("points"))

    class Meta:
        verbose_name = _("mark")
        verbose_name_plural = _("marks")
        constraints = [
            models.UniqueConstraint(fields=["review", "position"], name="mark_position_once"),
            models.CheckConstraint(condition=models.Q(points__lte=100), name="mark_points_in_hundred"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.level}"
