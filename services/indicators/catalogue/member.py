"""Figures about people: hidden party members by channel, windows to check in at, the contact group, practitioners."""

from django.db.models import Count, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from members.models import CheckInPoint, Lead, Person, Post
from members.models.discovery import LeadState
from services.indicators.registry import Indicator, Sort, register

LEADS = {"found_by": "channel", "region": "region__code"}
IN_THE_FOLD = (LeadState.RETURNED, LeadState.TRANSFERRED, LeadState.DUAL)


def found() -> QuerySet:
    """Return leads the person or the branch confirmed."""
    return Lead.objects.confirmed()


register(
    Indicator(
        key="member.hidden_found",
        label=_("Hidden party members found"),
        unit=pgettext_lazy("unit", "people"),
        caveat=_(
            "Confirmed by the person or the branch; each once, by the first channel and the day of the first sign."
        ),
        params=LEADS,
        rows=found,
        date="found_at__date",
    ),
    Indicator(
        key="member.joined_group",
        label=_("Hidden party members back in the fold"),
        unit=pgettext_lazy("unit", "people"),
        caveat=_(
            "Of those found in the period, the ones who joined the contact group or moved their membership by now."
        ),
        params=LEADS,
        rows=lambda: found().filter(state__in=IN_THE_FOLD),
        date="found_at__date",
    ),
    Indicator(
        key="checkin.open",
        label=_("Windows with a QR code"),
        unit=pgettext_lazy("unit", "windows"),
        caveat=_("Check-in points open at the end of the period."),
        params={"body": "organisation__code", "region": "organisation__region__code"},
        rows=CheckInPoint.objects.all,
        date="opened_at__date",
        sort=Sort.STOCK,
        ends="closed_at__date",
    ),
    Indicator(
        key="member.registered",
        label=_("People in the register"),
        unit=pgettext_lazy("unit", "people"),
        caveat=_("Entered by the end of the period; those who left are not taken out yet."),
        params={"employer": "employer__code", "committee": "industry_committee__code"},
        rows=Person.objects.all,
        date="created_at__date",
        sort=Sort.STOCK,
    ),
    Indicator(
        key="member.posts",
        label=_("Posts held"),
        unit=pgettext_lazy("unit", "people"),
        caveat=_("People holding an office at the end of the period, each once."),
        params={"body": "organisation__code", "title": "title"},
        rows=Post.objects.all,
        date="from_on",
        sort=Sort.STOCK,
        ends="to_on",
        measure=Count("person", distinct=True),
        is_additive=False,
    ),
)
