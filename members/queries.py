"""Reads across the models of this app."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.encoding import force_str
from django.utils.http import urlsafe_base64_decode

from members.models import AuditEvent, User
from members.models.audit import AuditEventQuerySet
from members.passwords import first_password_tokens


def first_password_account(uid: str, token: str) -> User | None:
    """Return the account a link for a first password opens; None for a link that is wrong, used or too old."""
    try:
        pk = int(force_str(urlsafe_base64_decode(uid)))
    except (ValueError, OverflowError):
        return None
    user = User.objects.filter(pk=pk, is_active=True).first() if 0 < pk < 2**63 else None
    return user if user is not None and first_password_tokens.check_token(user, token) else None


@dataclass(frozen=True)
class AuditPage:
    """One page of the log, and the number below which the next one starts."""

    rows: list[tuple[AuditEvent, User | None]]
    next_before: int | None
    is_first: bool


def narrowed_audit(events: AuditEventQuerySet, wanted: dict) -> AuditEventQuerySet:
    """Keep the events a filter form asks for; days are those of the site's time zone."""
    if account := wanted["account"]:
        number = int(account) if account.isdecimal() and len(account) < 19 else None
        named = User.objects.filter(username=account).values("pk")
        events = events.filter(actor_id=number) if number is not None else events.filter(actor_id__in=named)
    exact = {name: wanted[name] for name in ("event", "object_type", "object_id") if wanted[name]}
    if wanted["first_on"]:
        exact["at__gte"] = _midnight(wanted["first_on"])
    if wanted["last_on"]:
        exact["at__lt"] = _midnight(wanted["last_on"] + timedelta(days=1))
    return events.filter(**exact)


def audit_page(events: AuditEventQuerySet, before: str, size: int = 50) -> AuditPage:
    """Return the newest events below the number `before`; two queries, none of which counts."""
    if before.isdecimal() and len(before) < 19:
        events = events.filter(number__lt=int(before))
    found = list(events.order_by("-number")[: size + 1])
    shown = found[:size]
    accounts = User.objects.in_bulk({event.actor_id for event in shown if event.actor_id})
    rows = [(event, accounts.get(event.actor_id)) for event in shown]
    return AuditPage(rows, shown[-1].number if len(found) > size else None, not before)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
