"""What the ledger knows of one body: an enterprise's file (企业专属档案), the page of any other (单位页)."""

from datetime import date

from django.db.models import Q
from django.utils.translation import gettext as _

from members.models import CheckInPoint, EnterpriseVisit, Organisation, Person, Post, User
from members.models.organisation import OrganisationQuerySet, under_paths
from members.permissions import Permission
from services.indicators import catalogue, periods, registry  # noqa: F401  (the catalogue registers itself)
from services.indicators.periods import Period
from services.indicators.registry import Reading, Scope
from services.models import (
    Activity,
    Attachment,
    Campaign,
    CampaignMember,
    Grant,
    Matter,
    Pairing,
    Score,
    Target,
    Venue,
)
from services.models.vocabulary import Group
from services.queries import dashboard
from services.queries.coverage import STANDING_BY
from services.queries.dossier.section import Section
from services.queries.scope import own_body

Kind = Organisation.Kind
BRANCHES = (Kind.PARTY_BRANCH, Kind.GENERAL_BRANCH, Kind.PARTY_GROUP)
OF_BRANCHES = (
    ("activity.count", {}),
    ("activity.count", {"kind__group": Group.PARTY_LIFE}),
    ("activity.count", {"kind__group": Group.VOLUNTEERING}),
    ("orglife.due", {}),
    ("orglife.done", {}),
    ("training.completed", {}),
    ("matter.resolved", {}),
    ("pairing.active", {}),
    ("honour.count", {}),
)
ABOUT_ONE = ("activity.count", "matter.received", "matter.resolved", "grant.quantity")


def bodies(user: User) -> OrganisationQuerySet:
    """Return the bodies whose dossier the user may open: the own subtrees, and the county of the own office.

    A driver's branch or village lies outside the bureau's subtree; of it the page shows what the own ledger holds.
    """
    near = Q(region__path__startswith=user.organisation.region.path)
    return Organisation.objects.filter(near | under_paths("path", user.paths(Permission.READ_LEDGER)))


def sections(user: User, body: Organisation) -> list[Section]:
    """Return a body's sections in the order of the page."""
    activities = Activity.objects.visible_to(user).standing()
    here = Q(body=body) | Q(pk__in=body.services_activities_joined.values("pk"))
    matters = Matter.objects.visible_to(user)
    led = Q(lead_body=body) | Q(pk__in=body.services_matters_joined.values("pk"))
    pairings = Pairing.objects.visible_to(user).standing()
    sides = Q(helped_organisation=body) | Q(helper_organisation=body)
    joined = Q(pk__in=body.services_pairings_joined.values("pk"))
    grants = Grant.objects.visible_to(user).standing().filter(body=body)
    marks = [Group.HONOUR, Group.TITLE, Group.MARK]
    visits = EnterpriseVisit.objects.filter(under_paths("organisation_path", user.paths(Permission.READ_PEOPLE)))
    found = [
        Section("pairings", _("Who stands by whom"), pairings.filter(sides | joined)),
        Section("activities", _("Visits, meetings and other activities"), activities.filter(here)),
        Section("visits", _("Visits in search of party members"), visits.filter(enterprise=body)),
        Section("matters", _("Matters asked"), matters.filter(body=body).exclude(kind__group=Group.PROJECT)),
        Section("projects", _("Projects"), matters.filter(body=body, kind__group=Group.PROJECT)),
        Section("charges", _("Tasks and matters led or shared"), matters.filter(led)),
        Section("labels", _("Honours, titles and marks"), grants.filter(kind__group__in=marks)),
        Section("grants", _("Funds, subsidies and what else was given"), grants.exclude(kind__group__in=marks)),
    ]
    return found + _standing(user, body)


def _standing(user: User, body: Organisation) -> list[Section]:
    """Return what a body has and is part of, whatever the day."""
    people = Person.objects.visible_to(user)
    posts = Post.objects.filter(organisation=body, person__in=people)
    shared = Q(pk__in=body.services_venues_shared.values("pk"))
    venues = Venue.objects.visible_to(user).filter(Q(organisation=body) | shared)
    papers = Attachment.objects.visible_to(user).standing()
    memberships = CampaignMember.objects.visible_to(user).filter(body=body)
    scores = Score.objects.visible_to(user).counted().filter(body=body)
    below = Organisation.objects.current().filter(parent=body)
    return [
        Section("posts", _("Posts"), posts),
        Section("people", people_label(body), people.filter(people_of(body))),
        Section("children", _("Bodies under it"), below),
        Section("memberships", _("Campaigns it takes part in"), memberships),
        Section("campaigns", _("Campaigns it leads"), Campaign.objects.visible_to(user).filter(organisation=body)),
        Section("targets", _("Targets"), Target.objects.visible_to(user).filter(organisation=body)),
        Section("venues", _("Venues and counters"), venues),
        Section("windows", _("Check-in windows"), CheckInPoint.objects.visible_to(user).filter(organisation=body)),
        Section("papers", _("Papers and agreements"), papers.filter(_papers_of(body))),
        Section("scores", _("Assessment"), scores),
    ]


def people_of(body: Organisation) -> Q:
    """Match people linked to a body, by whichever of the four links fits it; an agency has those it keeps."""
    link = {
        Kind.ENTERPRISE: "employer",
        Kind.PLATFORM: "employer",
        Kind.INDUSTRY_COMMITTEE: "industry_committee",
        Kind.COMMUNITY: "home_community",
        Kind.TOWNSHIP: "home_community",
    }
    if body.kind in link:
        return Q(**{link[body.kind]: body})
    if body.kind in {Kind.PARTY_BRANCH, Kind.GENERAL_BRANCH, Kind.PARTY_GROUP, Kind.PARTY_COMMITTEE}:
        return Q(party_branch=body)
    return Q(organisation=body)


def people_label(body: Organisation) -> str:
    """Return what the people linked to a body are called."""
    labels = {
        Kind.ENTERPRISE: _("People employed"),
        Kind.PLATFORM: _("People employed"),
        Kind.COMMUNITY: _("People at home there"),
        Kind.TOWNSHIP: _("People at home there"),
        Kind.PARTY_BRANCH: _("Members in the register"),
        Kind.GENERAL_BRANCH: _("Members in the register"),
        Kind.PARTY_COMMITTEE: _("Members in the register"),
        Kind.PARTY_GROUP: _("Members in the register"),
        Kind.INDUSTRY_COMMITTEE: _("Members in the register"),
    }
    return labels.get(body.kind, _("People it keeps"))


def standing_by(user: User, body: Organisation, today: date) -> list[tuple[str, Group, list[Pairing]]]:
    """Return who covers an enterprise, its secretary and its commissioners today; an empty list says nobody does."""
    rows = Pairing.objects.visible_to(user).active_on(today).with_row()
    rows = list(rows.filter(helped_organisation=body, kind__group__in=STANDING_BY).order_by("kind__position", "pk"))
    return [(str(group.label), group, [row for row in rows if row.kind.group == group]) for group in STANDING_BY]


def offered_periods(today: date) -> list[tuple[str, str]]:
    """Return the periods a page offers, in words and as they are written in an address."""
    this, last = periods.quarter_of(today, today), dashboard.last_quarter(today)
    return [
        (_("This month"), periods.month_of(today, today).text),
        (_("This quarter"), this.text),
        (_("Last quarter"), last.text),
        (_("This year"), str(today.year)),
        (_("Last year"), str(today.year - 1)),
    ]


def tiles(user: User, body: Organisation, period: Period) -> list[tuple[str, Reading]]:
    """Return the numbers of a period: of a body that keeps a ledger its own, of an enterprise what ours says of it.

    Nothing for a body that keeps a ledger the user may not read.
    """
    if body.kind in {Kind.ENTERPRISE, Kind.COMMUNITY}:
        scope = Scope(own_body(user))
        readings = [registry.read(key, scope, period, body=body.code) for key in ABOUT_ONE]
        if body.kind == Kind.ENTERPRISE:
            readings.append(registry.read("member.registered", scope, period, employer=body.code))
        return [(str(reading.indicator.label), reading) for reading in readings]
    if user.has_permission(Permission.READ_LEDGER, body):
        return dashboard.tiles(Scope(body), period, OF_BRANCHES if body.kind in BRANCHES else dashboard.TILES)
    return []


def _papers_of(body: Organisation) -> Q:
    """Match papers a body issued, and what lies with its pairings: agreements among others."""
    sides = Q(pairing__helped_organisation=body) | Q(pairing__helper_organisation=body)
    return Q(issuer=body) | sides | Q(pairing__in=body.services_pairings_joined.values("pk"))
