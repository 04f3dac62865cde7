"""Questions to a unit about single figures of its case, and what it answers."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models.case import Case, Revision
from cases.models.letter import Letter
from cases.models.mail import Message

TEXT_LENGTH = 500


class FigureAnswer(models.TextChoices):
    """What the unit says of the figure."""

    CONFIRMED = "confirmed", pgettext_lazy("figure", "Confirmed")
    CORRECTED = "corrected", pgettext_lazy("figure", "Corrected")
    EXPLAINED = "explained", pgettext_lazy("figure", "Explained")

    @property
    def tone(self) -> str:
        """The colour of its tag."""
        return {self.CONFIRMED: "success", self.CORRECTED: "attention"}.get(self, "progress")


class FigureQuestionQuerySet(models.QuerySet):
    """Reads of questions."""

    def visible_to(self, user: models.Model) -> "FigureQuestionQuerySet":
        """Keep questions about the cases the user sees."""
        return self.filter(case__in=Case.objects.visible_to(user))

    def waiting(self) -> "FigureQuestionQuerySet":
        """Keep those nobody has answered."""
        return self.filter(answered_at=None)


class FigureQuestion(models.Model):
    """One figure in its place, as `Claim.context` writes it, and what was asked about it; answered once.

    The text is not changed by an answer: a corrected number comes with the unit's next revision, or an editor writes
    it. `message` is the letter an editor took the answer from. Answered with neither account nor letter it was the
    holder of the case's own link.
    """

    Answer = FigureAnswer

    case = models.ForeignKey(Case, models.PROTECT, related_name="figure_questions", verbose_name=_("case"))
    revision = models.ForeignKey(Revision, models.PROTECT, related_name="+", verbose_name=_("on revision"))
    context = models.CharField(_("figure in its place"), max_length=200)
    mention = models.CharField(_("figure as written"), max_length=60)
    text = models.CharField(_("what is asked"), max_length=TEXT_LENGTH)
    letter = models.ForeignKey(
        Letter, models.PROTECT, null=True, related_name="figure_questions", verbose_name=_("letter")
    )
    asked_at = models.DateTimeField(_("asked at"), default=timezone.now)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="cases_figures_asked", verbose_name=_("by")
    )
    answer = models.CharField(_("answer"), max_length=10, choices=FigureAnswer, blank=True)
    number = models.CharField(_("right figure"), max_length=60, blank=True)
    note = models.CharField(_("explanation"), max_length=TEXT_LENGTH, blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="cases_figures_answered", verbose_name=_("by")
    )
    message = models.ForeignKey(
        Message, models.PROTECT, null=True, related_name="figure_answers", verbose_name=_("taken from the letter")
    )

    objects = FigureQuestionQuerySet.as_manager()

    class Meta:
        verbose_name = _("question about a figure")
        verbose_name_plural = _("questions about figures")
        constraints = [
            models.UniqueConstraint(
                fields=["case", "context"], condition=models.Q(answered_at=None), name="question_one_waiting_a_figure"
            ),
            models.CheckConstraint(
                condition=models.Q(answer="", answered_at=None, answered_by=None, message=None)
                | models.Q(answer__in=FigureAnswer.values, answered_at__isnull=False),
                name="question_answer_and_at",
            ),
            models.CheckConstraint(
                condition=~models.Q(answer=FigureAnswer.CORRECTED) | ~models.Q(number=""),
                name="question_corrected_says_number",
            ),
        ]

    def __str__(self) -> str:
        return self.mention

    def get_absolute_url(self) -> str:
        """Return the page on which it stands beside its figure."""
        return reverse("cases:evidence_page", args=[self.case_id])

    @property
    def said(self) -> FigureAnswer | None:
        """The answer as a member of the enum; None while it waits."""
        return FigureAnswer(self.answer) if self.answer else None
