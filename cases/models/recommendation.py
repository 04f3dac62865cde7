"""The recommending chain (逐级推荐): how many cases each body may pass on, and what it said of each."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models.call import Call
from cases.models.case import Case, Revision
from members.models import Organisation
from members.models.organisation import under_paths
from members.permissions import Permission


class QuotaQuerySet(models.QuerySet):
    """Reads of quotas."""

    def visible_to(self, user: models.Model) -> "QuotaQuerySet":
        """Keep quotas of bodies for which the user recommends, in public calls; all of the calls the user manages."""
        mine = under_paths("body__path", user.paths(Permission.RECOMMEND_CASE))
        managed = models.Q(call__in=Call.objects.managed_by(user))
        return self.filter(managed | (mine & ~models.Q(call__state=Call.State.DRAFT)))


class Quota(models.Model):
    """How many cases of those under it a body may recommend in one call. Its list, once sent, stands.

    The bodies above a case that have a quota form its chain, the nearest first: each sees what the one below passed.
    """

    call = models.ForeignKey(Call, models.CASCADE, related_name="quotas", verbose_name=_("call for cases"))
    body = models.ForeignKey(
        Organisation, models.PROTECT, related_name="cases_quotas", verbose_name=_("recommending body")
    )
    places = models.PositiveSmallIntegerField(_("cases it may recommend"))
    sent_at = models.DateTimeField(_("list sent at"), null=True, editable=False)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("by")
    )

    objects = QuotaQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("call", "quota")
        verbose_name_plural = pgettext_lazy("call", "quotas")
        constraints = [
            models.UniqueConstraint(fields=["call", "body"], name="quota_body_once"),
            models.CheckConstraint(condition=models.Q(places__gte=1), name="quota_above_zero"),
            models.CheckConstraint(
                condition=models.Q(sent_at=None, sent_by=None) | models.Q(sent_at__isnull=False, sent_by__isnull=False),
                name="quota_sent_at_and_by",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.body} {self.places}"


class RecommendationState(models.TextChoices):
    """What a body said of a case. `tone` colours the tag."""

    RECOMMENDED = "recommended", _("Recommended")
    RETURNED = "returned", pgettext_lazy("recommendation", "Sent back for changes")
    DECLINED = "declined", _("Not recommended")

    @property
    def tone(self) -> str:
        """The colour of the tag."""
        return {self.RECOMMENDED: "success", self.RETURNED: "attention"}.get(self, "ended")


class RecommendationQuerySet(models.QuerySet):
    """Reads of recommendations; row-level security stands underneath."""

    def visible_to(self, user: models.Model) -> "RecommendationQuerySet":
        """Keep those on cases the user sees."""
        return self.filter(case__in=Case.objects.visible_to(user))

    def standing(self) -> "RecommendationQuerySet":
        """Keep the cases on the lists, best first."""
        return self.filter(state=RecommendationState.RECOMMENDED).order_by("rank", "pk")


class Recommendation(models.Model):
    """One body's word on one case, pinned to the revision it read: recommended in a rank, sent back, or declined.

    The stamped form lies sealed in the call's vault under `uuid`.
    """

    State = RecommendationState

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    quota = models.ForeignKey(
        Quota, models.PROTECT, related_name="recommendations", verbose_name=pgettext_lazy("call", "quota")
    )
    case = models.ForeignKey(Case, models.PROTECT, related_name="recommendations", verbose_name=_("case"))
    revision = models.ForeignKey(Revision, models.PROTECT, related_name="+", verbose_name=_("on revision"))
    state = models.CharField(_("state"), max_length=12, choices=RecommendationState)
    rank = models.PositiveSmallIntegerField(_("rank"), null=True, blank=True)
    opinion = models.TextField(_("opinion of the recommending body"), max_length=1000)
    form_name = models.CharField(_("file name"), max_length=200, blank=True)
    form_sha256 = models.CharField(max_length=64, blank=True)
    form_bytes = models.PositiveIntegerField(_("size in bytes"), default=0)
    decided_at = models.DateTimeField(_("at"), default=timezone.now)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="cases_recommended", verbose_name=_("by")
    )

    objects = RecommendationQuerySet.as_manager()

    class Meta:
        verbose_name = _("recommendation")
        verbose_name_plural = _("recommendations")
        constraints = [
            models.UniqueConstraint(fields=["quota", "case"], name="recommendation_once"),
            models.CheckConstraint(
                condition=models.Q(state__in=RecommendationState.values), name="recommendation_state_known"
            ),
            models.CheckConstraint(
                condition=models.Q(state="recommended", rank__gte=1)
                | (~models.Q(state="recommended") & models.Q(rank=None)),
                name="recommendation_ranked",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quota_id}/{self.case_id}"

    @property
    def status(self) -> RecommendationState:
        """The state as a member of the enum."""
        return RecommendationState(self.state)
