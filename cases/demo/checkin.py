"""The demo's windows and check-ins: whoever was found by QR code checked in at one of six."""

import tomllib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from cases.demo.clock import clock, morning
from config.sealed import unseal
from members import checkins
from members.actions import checkin, checkin_point, discovery, register
from members.middleware import whole_scope
from members.models import CheckInPoint, ConsentText, Lead, Organisation, Person, User
from members.models.discovery import Channel
from members.workflow import REACHABLE

HERE = Path(__file__).parent
DAYS_OPEN = 345
NO_BRANCH = "老家村党支部，名称记不清"


def build(say: Callable[[str], None], bodies: dict[str, Organisation], users: dict[str, User]) -> None:
    """Open the windows of the first county, and let those found by QR code check in there."""
    say("扫码登记点：招远")
    official, keeper = users["zhaoyuan"], bodies["zhaoyuan-transport"]
    rows = tomllib.loads((HERE / "checkin.toml").read_text(encoding="utf-8"))["point"]
    with whole_scope():
        with clock(morning(DAYS_OPEN, 0)):
            points = [
                checkin_point.open_(organisation=keeper, is_screen_only=False, by=official, **row) for row in rows
            ]
        leads = Lead.objects.filter(organisation_path__under=keeper.path, state__in=REACHABLE)
        found = leads.filter(evidence__channel=Channel.CHECK_IN).select_related("person__party_branch")
        for number, lead in enumerate(found.order_by("found_at", "pk")):
            _check_in(lead, points[(number * 5 + number // 6) % len(points)], number, official)
        _joined(leads, official)


def _check_in(lead: Lead, point: CheckInPoint, number: int, official: User) -> None:
    person, text = lead.person, ConsentText.objects.get()
    sign = lead.evidence.get(channel=Channel.CHECK_IN)
    if not unseal(person, "phone_cipher"):
        person = register.change(person=person, by=official, phone=f"1985501{number:04}")
    given = checkin.Given(
        name=person.name,
        phone=unseal(Person.objects.get(pk=person.pk), "phone_cipher"),
        branch_name=person.party_branch.name if person.party_branch else NO_BRANCH,
    )
    shown = checkins.shown_at(point, text, checkin.KEEP_DAYS)
    with clock(sign.found_at):
        checkin.receive(point=point, given=given, nonce=f"demo-{number}", text=text, shown_sha256=shown.sha256)


def _joined(leads: object, official: User) -> None:
    """Note who joined the contact group: most of those who came back."""
    for number, lead in enumerate(leads.exclude(confirmed_at=None).order_by("found_at", "pk")):
        if number % 5:
            with clock(min(lead.touched_at + timedelta(days=1), morning(1, number))):
                discovery.join_group(lead=lead, has_joined=True, by=official)
