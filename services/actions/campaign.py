"""Campaigns: named, changed, closed and opened again; who takes part and who leads."""

from datetime import date

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from config.errors import Conflict, Refused, WrongState
from members import audit
from members.models import Organisation, User
from members.permissions import Permission
from services.models import Campaign, CampaignMember

OUTSIDE = _("This lies outside the organisations whose campaigns you manage.")
KNOWN = _("There is a campaign of that name with that first day already: choose another name, or open the other one.")
CHANGEABLE = ("form", "name", "aliases", "summary", "parent", "starts_on", "ends_on")


def create(*, organisation: Organisation, by: User, **fields: object) -> Campaign:
    """Enter a campaign. Raises: Refused outside the scope; Conflict for a name that is taken.

    Side effects in order: row, audit row.
    """
    _check(by, organisation)
    try:
        with transaction.atomic():
            campaign = Campaign.objects.create(
                organisation=organisation, organisation_path=organisation.path, created_by=by, **fields
            )
            audit.record(actor=by, event="campaign.create", target=campaign, form=str(campaign.form))
    except IntegrityError:
        raise Conflict(KNOWN, code="name") from None
    return campaign


def change(*, campaign: Campaign, by: User, **fields: object) -> Campaign:
    """Set what differs. Raises: Refused outside the scope or for a circle of parts; Conflict for a name that is taken.

    Side effects in order: lock, row, audit row with the names of the fields.
    """
    with transaction.atomic():
        campaign = _locked(campaign, by)
        changed = [name for name in CHANGEABLE if name in fields and getattr(campaign, name) != fields[name]]
        if not changed:
            return campaign
        if "parent" in changed:
            _refuse_circle(campaign, fields["parent"])
        for name in changed:
            setattr(campaign, name, fields[name])
        try:
            with transaction.atomic():
                campaign.save(update_fields=changed)
        except IntegrityError:
            raise Conflict(KNOWN, code="name") from None
        audit.record(actor=by, event="campaign.change", target=campaign, fields=",".join(changed))
        return campaign


def close(*, campaign: Campaign, on: date, by: User) -> Campaign:
    """End a campaign on a day. What belongs to it stays as it is; open matters stay open.

    Raises: Refused for a day before its first; WrongState when it ended already.
    Side effects in order: lock, row, audit row.
    """
    with transaction.atomic():
        campaign = _locked(campaign, by)
        if campaign.ends_on is not None and campaign.ends_on <= on:
            raise WrongState(_("This campaign has ended already. To move the day, change its last day."))
        if on < campaign.starts_on:
            raise Refused(_("It can't end before it began: choose a later day."), code="day")
        campaign.ends_on = on
        campaign.save(update_fields=["ends_on"])
        audit.record(actor=by, event="campaign.close", target=campaign)
        return campaign


def reopen(*, campaign: Campaign, by: User) -> Campaign:
    """Take the last day away. Raises: WrongState when it has none. Side effects in order: lock, row, audit row."""
    with transaction.atomic():
        campaign = _locked(campaign, by)
        if campaign.ends_on is None:
            raise WrongState(_("This campaign runs already."))
        campaign.ends_on = None
        campaign.save(update_fields=["ends_on"])
        audit.record(actor=by, event="campaign.reopen", target=campaign)
        return campaign


def add_members(
    *, campaign: Campaign, bodies: list[Organisation], joined_on: date, by: User, is_lead: bool = False
) -> list[CampaignMember]:
    """Let bodies take part from a day. Who takes part already is left as it is, but may come to lead.

    Raises: Refused outside the scope or for a day outside the campaign. Side effects in order: lock, rows, audit row.
    """
    with transaction.atomic():
        campaign = _locked(campaign, by)
        if joined_on < campaign.starts_on or (campaign.ends_on and joined_on > campaign.ends_on):
            raise Refused(_("On this day the campaign does not run: choose a day within it."), code="day")
        present = {one.body_id: one for one in campaign.memberships.filter(left_on=None)}
        made = [
            CampaignMember.objects.create(
                organisation_id=campaign.organisation_id,
                organisation_path=campaign.organisation_path,
                campaign=campaign,
                body=body,
                joined_on=joined_on,
                is_lead=is_lead,
            )
            for body in dict.fromkeys(bodies)
            if body.pk not in present
        ]
        if is_lead:
            wanted = {body.pk for body in bodies}
            campaign.memberships.filter(left_on=None, body__in=wanted).update(is_lead=True)
        audit.record(actor=by, event="campaign.join", target=campaign, count=len(made))
        return made


def end_membership(*, campaign: Campaign, member: CampaignMember, on: date, by: User) -> CampaignMember:
    """Let a body leave on a day; what it claimed before stays its own.

    Raises: Refused for a day before it joined; WrongState when it left already.
    Side effects in order: lock, row, audit row.
    """
    with transaction.atomic():
        campaign = _locked(campaign, by)
        member = campaign.memberships.get(pk=member.pk)
        if member.left_on is not None:
            raise WrongState(_("This unit has left already."))
        if on < member.joined_on:
            raise Refused(_("It can't leave before it joined: choose a later day."), code="day")
        member.left_on = on
        member.save(update_fields=["left_on"])
        audit.record(actor=by, event="campaign.leave", target=campaign)
        return member


def _check(by: User, organisation: Organisation) -> None:
    if not by.has_permission(Permission.MANAGE_CAMPAIGNS, organisation):
        raise Refused(OUTSIDE, code="outside_scope")


def _locked(campaign: Campaign, by: User) -> Campaign:
    rows = Campaign.objects.select_for_update(of=("self",)).select_related("organisation", "parent")
    campaign = rows.get(pk=campaign.pk)
    _check(by, campaign.organisation)
    return campaign


def _refuse_circle(campaign: Campaign, parent: Campaign | None) -> None:
    seen = {campaign.pk}
    while parent is not None:
        if parent.pk in seen:
            raise Refused(
                _("It would become part of itself: choose another campaign it is part of."), code="part_of_itself"
            )
        seen.add(parent.pk)
        parent = parent.parent
