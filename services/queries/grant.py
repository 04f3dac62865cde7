"""Reads of grants: the list as a filter form asks for it with its sums, and who a name or a plate means."""

from datetime import timedelta

from django.db.models import Q, TextChoices
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.identity import read_plate
from members.models import Organisation, Person, User, Vehicle
from services.indicators import catalogue, registry  # noqa: F401  (the catalogue registers itself)
from services.models import Activity, Grant, Group, Matter
from services.models.activity import ActivityQuerySet
from services.models.grant import GrantQuerySet, sum_in_words
from services.models.matter import MatterQuerySet
from services.queries.pairing import named

RECENT_DAYS = 120
OFFERED = 40


class Tab(TextChoices):
    """The list's tabs: groups of kinds that are worked on together."""

    GOODS = "goods", _("Hand-outs")
    PAPERS = "papers", _("Certificates and honours")
    MONEY = "money", _("Funds and subsidies")
    MARKS = "marks", _("Marks and titles")
    MEDIA = "media", _("Reports in the media")


GROUPS_OF: dict[Tab, tuple[Group, ...]] = {
    Tab.GOODS: (Group.GOODS,),
    Tab.PAPERS: (Group.CERTIFICATE, Group.HONOUR),
    Tab.MONEY: (Group.FUND, Group.SUBSIDY),
    Tab.MARKS: (Group.MARK, Group.TITLE),
    Tab.MEDIA: (Group.MEDIA,),
}


def listed(user: User, wanted: dict) -> GrantQuerySet:
    """Return the standing grants the account may read, narrowed; empty wishes are no wishes."""
    rows = Grant.objects.visible_to(user).standing()
    if tab := wanted.get("tab"):
        rows = rows.filter(kind__group__in=GROUPS_OF[Tab(tab)])
    if body := wanted.get("organisation"):
        rows = rows.filter(organisation__path__startswith=body.path)
    exact = {"kind": "kind", "level": "level", "campaign": "campaign"}
    days = {"given_on__gte": "first_on", "given_on__lte": "last_on"}
    rows = rows.filter(**{lookup: wanted[name] for lookup, name in (exact | days).items() if wanted.get(name)})
    if text := wanted.get("text"):
        own = Q(name__icontains=text) | Q(issuer__icontains=text) | Q(serial__icontains=text)
        to = Q(person__name__icontains=text) | Q(body__name__icontains=text) | Q(vehicle__plate__icontains=text)
        rows = rows.filter(own | to)
    if first := wanted.get("together"):
        rows = rows.entered_with(first)
    return rows


def sums(rows: GrantQuerySet) -> dict[str, object]:
    """Return how many pieces and how much money (in words) the rows hold, measured as the indicators measure them."""
    measures = {"quantity": registry.get("grant.quantity").measure, "amount": registry.get("grant.amount").measure}
    found = rows.aggregate(**measures)
    return {"quantity": found["quantity"] or 0, "amount": sum_in_words(found["amount"]) if found["amount"] else ""}


def recipients_named(user: User, text: str) -> list[Person | Organisation | Vehicle]:
    """Return whom a name or a plate means: vehicles for a plate, else people the user sees, else bodies near."""
    if (plate := read_plate(text)).is_usable:
        return list(Vehicle.objects.visible_to(user).filter(plate=plate.value))
    return named(user, text)


def papers_known(user: User, issuer: str, serials: list[str]) -> GrantQuerySet:
    """Return the standing certificates of this issuer with one of these numbers, as far as the account may read."""
    rows = Grant.objects.visible_to(user).standing().filter(kind__group=Group.CERTIFICATE)
    return rows.filter(issuer=issuer, serial__in=serials).exclude(serial="")


def entered_together(grant: Grant) -> GrantQuerySet:
    """Return what else one form or one list entered with this grant and nobody took back."""
    return Grant.objects.standing().entered_with(grant).exclude(pk=grant.pk)


def recent_activities(user: User, chosen: object = None) -> ActivityQuerySet:
    """Return activities something may have been given at: the last ones, and the one chosen already."""
    rows = Activity.objects.visible_to(user).standing()
    since = timezone.localdate() - timedelta(days=RECENT_DAYS)
    last = rows.filter(happened_on__gte=since).newest_first().values_list("pk", flat=True)[:OFFERED]
    return rows.filter(pk__in=[*last, *one(chosen)]).with_row().newest_first()


def recent_matters(user: User, chosen: object = None) -> MatterQuerySet:
    """Return matters something may have come of: the last received, and the one chosen already."""
    rows = Matter.objects.visible_to(user)
    last = rows.order_by("-received_on", "-pk").values_list("pk", flat=True)[:OFFERED]
    return rows.filter(pk__in=[*last, *one(chosen)]).order_by("-received_on", "-pk")


def one(chosen: object) -> list[int]:
    """Return the key an address names as a list of one, of none where it is no key."""
    return [int(chosen)] if str(chosen or "").isdecimal() and len(str(chosen)) < 19 else []
