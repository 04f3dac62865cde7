"""Leads: opening one by any channel, moving it on, and the visit that finds them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from config.errors import Refused, WrongState
from members import audit, queries, workflow
from members.actions import notice, register
from members.actions.register import OUTSIDE
from members.middleware import whole_scope
from members.models import EnterpriseVisit, Lead, LeadEvidence, Notice, Organisation, Person, Region, User
from members.models.discovery import Channel, LeadState
from members.models.organisation import under_paths
from members.permissions import Permission

NOT_ENROLLED = _("The person is not enrolled with an industry party committee yet. Fill in that link first.")
NOT_JOINED = _("The person has not joined the contact group yet. Note that first.")


@dataclass(frozen=True)
class FoundPerson:
    """Somebody met on a visit; numbers normalised already."""

    name: str
    phone: str
    identity: str = ""


@transaction.atomic
def open_lead(*, person: Person, channel: Channel, by: User | None, visit: EnterpriseVisit | None = None) -> Lead:
    """Open a lead for a person, or add this channel to the one there is; `by=None` is the person's own check-in.

    One per person: two channels at the same moment meet at the person's lock. A lead that ended as a mistake stays
    ended, with the new evidence beside it, until somebody reopens it.
    Raises: Refused outside the scope. Side effects in order: lock of the person, lead, evidence, audit row.
    """
    if by is not None and not by.has_permission(Permission.EDIT_PEOPLE, person.organisation):
        raise Refused(OUTSIDE, code="outside_scope")
    person = Person.objects.select_for_update(of=("self",)).with_links().get(pk=person.pk)
    lead, is_new = Lead.objects.get_or_create(
        person=person,
        defaults={
            "organisation": person.organisation,
            "organisation_path": person.organisation_path,
            "region": region_of(person),
            "channel": channel,
            "owner": by,
            "found_at": timezone.now(),
            "touched_at": timezone.now(),
        },
    )
    _evidence, is_new_channel = LeadEvidence.objects.get_or_create(
        lead=lead, channel=channel, defaults={"visit": visit, "recorded_by": by, "found_at": timezone.now()}
    )
    if is_new or is_new_channel:
        audit.record(actor=by, event="lead.open" if is_new else "lead.evidence", target=lead, channel=str(channel))
    return lead


@transaction.atomic
def move(*, lead: Lead, to: LeadState, by: User) -> Lead:
    """Move a lead on along the table of transitions; verifying confirms it, ending it as a mistake takes that back.

    Raises: Refused outside the scope, or for who is to be back in the fold without committee or contact group;
    WrongState when the step does not follow. Side effects in order: lock, row, audit row.
    """
    lead = Lead.objects.select_for_update(of=("self",)).select_related("organisation", "person").get(pk=lead.pk)
    if not by.has_permission(Permission.EDIT_PEOPLE, lead.organisation):
        raise Refused(OUTSIDE, code="outside_scope")
    if not workflow.may_follow(lead.state, to):
        raise WrongState(_("This step does not follow any more: somebody has moved the lead. Look at it again."))
    if to == LeadState.RETURNED and lead.person.industry_committee_id is None:
        raise Refused(NOT_ENROLLED, code="not_enrolled")
    if to == LeadState.RETURNED and lead.joined_group_at is None:
        raise Refused(NOT_JOINED, code="not_joined")
    before, lead.state, lead.touched_at = lead.state, to, timezone.now()
    lead.owner = lead.owner or by
    if to in workflow.CONFIRMED and lead.confirmed_at is None:
        lead.confirmed_at, lead.confirmed_by = lead.touched_at, by
    elif to == LeadState.FALSE_ALARM:
        lead.confirmed_at = lead.confirmed_by = None
    lead.save(update_fields=["state", "touched_at", "owner", "confirmed_at", "confirmed_by"])
    audit.record(actor=by, event="lead.move", target=lead, before=str(before), after=str(to))
    return lead


@transaction.atomic
def take(*, lead: Lead, by: User) -> Lead:
    """Look after a lead oneself. Raises: Refused outside the scope. Side effects in order: lock, row, audit row."""
    lead = Lead.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=lead.pk)
    if not by.has_permission(Permission.EDIT_PEOPLE, lead.organisation):
        raise Refused(OUTSIDE, code="outside_scope")
    lead.owner = by
    lead.save(update_fields=["owner"])
    audit.record(actor=by, event="lead.take", target=lead)
    return lead


WAITING = gettext_noop("%(count)s leads have not been touched for a week.")


def remind(now: datetime | None = None) -> int:
    """Tell each official, once a week, how many leads of theirs nobody has touched; return how many are told.

    Side effects: a notice for everybody who keeps people, has such leads in scope and heard nothing for six days.
    """
    lately = (now or timezone.now()) - timedelta(days=6, hours=12)  # the daily sweep drifts by minutes
    address = f"{reverse('members:discovery_leads')}?waiting=on"
    told = 0
    with transaction.atomic(), whole_scope():
        known = Notice.objects.filter(text=WAITING, created_at__gte=lately).values("user")
        for user in User.objects.filter(is_active=True).exclude(pk__in=known).order_by("pk"):
            leads = Lead.objects.filter(under_paths("organisation_path", user.paths(Permission.EDIT_PEOPLE)))
            count = queries.waiting_leads(leads).count()
            if count:
                notice.tell([user], WAITING, address, count=count)
                told += 1
    return told


@transaction.atomic
def join_group(*, lead: Lead, has_joined: bool, by: User) -> Lead:
    """Note that the person joined the contact group, or take that back; noting it twice changes nothing.

    Raises: Refused outside the scope, WrongState for a lead that ended without a member.
    Side effects in order: lock, row, audit row.
    """
    lead = Lead.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=lead.pk)
    if not by.has_permission(Permission.EDIT_PEOPLE, lead.organisation):
        raise Refused(OUTSIDE, code="outside_scope")
    if has_joined and lead.state not in workflow.REACHABLE:
        raise WrongState(_("This lead has ended. Reopen it first."))
    if has_joined == (lead.joined_group_at is not None):
        return lead
    lead.joined_group_at, lead.joined_group_by = (timezone.now(), by) if has_joined else (None, None)
    lead.save(update_fields=["joined_group_at", "joined_group_by"])
    audit.record(actor=by, event="lead.join" if has_joined else "lead.leave", target=lead)
    return lead


@transaction.atomic
def export_contacts(*, by: User) -> tuple[list[str], list[list[str]]]:
    """Return headers and rows of the contact list the user may export, numbers masked.

    Raises: Refused without the right. Side effects: audit row with the count.
    """
    if not by.has_permission(Permission.EXPORT_PEOPLE):
        raise Refused(OUTSIDE, code="outside_scope")
    visible = Lead.objects.filter(under_paths("organisation_path", by.paths(Permission.EXPORT_PEOPLE)))
    leads = queries.contact_list(visible).select_related("person__party_branch", "region", "organisation")
    headers = [_("Name"), _("Mobile number"), _("Party branch"), _("Region"), _("State"), _("Joined the group")]
    rows = [
        [
            lead.person.name,
            lead.person.phone_masked,
            str(lead.person.party_branch or ""),
            lead.region.name,
            str(lead.get_state_display()),
            f"{timezone.localtime(lead.joined_group_at):%Y-%m-%d}" if lead.joined_group_at else "",
        ]
        for lead in leads.order_by("region__code", "found_at", "pk")
    ]
    audit.record(actor=by, event="contacts.export", rows=len(rows))
    return [str(header) for header in headers], rows


@transaction.atomic
def give(*, lead: Lead, to: User, by: User) -> Lead:
    """Let somebody look after a lead.

    Raises: Refused outside the scope, or when `to` does not keep people there.
    Side effects in order: lock, row, audit row.
    """
    lead = Lead.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=lead.pk)
    if not by.has_permission(Permission.EDIT_PEOPLE, lead.organisation):
        raise Refused(OUTSIDE, code="outside_scope")
    if not to.is_active or not to.has_permission(Permission.EDIT_PEOPLE, lead.organisation):
        raise Refused(
            _("%(name)s does not keep people of this organisation. Choose somebody who does.") % {"name": to},
            code="other_scope",
        )
    if lead.owner_id != to.pk:
        lead.owner = to
        lead.save(update_fields=["owner"])
        audit.record(actor=by, event="lead.give", target=lead, account=to.pk)
    return lead


@transaction.atomic
def record_visit(
    *, enterprise: Organisation, visited_on: date, visitors: list[User], found: list[FoundPerson], by: User
) -> tuple[EnterpriseVisit, list[Lead]]:
    """Note a visit and open a lead for everybody found there; who is registered already is recognised by number.

    Raises: Refused outside the scope, or for a person another organisation has registered.
    Side effects in order: visit, people, leads with evidence, audit row.
    """
    if not by.has_permission(Permission.EDIT_PEOPLE, enterprise):
        raise Refused(OUTSIDE, code="outside_scope")
    keeper = _keeper(enterprise, by)
    visit = EnterpriseVisit.objects.create(
        enterprise=enterprise,
        organisation=keeper,
        organisation_path=keeper.path,
        visited_on=visited_on,
        recorded_at=timezone.now(),
        recorded_by=by,
    )
    visit.visitors.set(visitors)
    leads = [
        open_lead(person=_met(one, enterprise, by), channel=Channel.ENTERPRISE_VISIT, by=by, visit=visit)
        for one in found
    ]
    audit.record(actor=by, event="visit.record", target=visit, enterprise=enterprise.pk, found=len(leads))
    return visit, leads


def region_of(person: Person) -> Region:
    """Return the division a lead counts for: where the person lives, else works, else is registered."""
    body = person.home_community or person.employer or person.organisation
    return body.region


def _met(one: FoundPerson, enterprise: Organisation, by: User) -> Person:
    """Find the person by number, or by phone and name; else register them at the enterprise."""
    people = Person.objects.visible_to(by)
    known = people.with_number("identity", one.identity).first() if one.identity else None
    known = known or people.with_number("phone", one.phone).filter(name=one.name).order_by("pk").first()
    if known is not None:
        return known
    return register.create(
        name=one.name,
        organisation=_keeper(enterprise, by),
        by=by,
        identity=one.identity,
        phone=one.phone,
        employer=enterprise,
    )


def _keeper(enterprise: Organisation, by: User) -> Organisation:
    """Return the body that keeps a person met at an enterprise: the visitor's own, if it may, else the enterprise."""
    return by.organisation if by.has_permission(Permission.EDIT_PEOPLE, by.organisation) else enterprise
