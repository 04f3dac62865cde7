"""Reads across models that several pages need."""

from members.models import Organisation, User
from members.models.organisation import OrganisationQuerySet, under_paths
from members.permissions import Permission

Kind = Organisation.Kind
# Bodies that keep a ledger of their own; enterprises and communities are what it is about.
REPORTING = [kind for kind in Kind if kind not in {Kind.ENTERPRISE, Kind.COMMUNITY, Kind.PARTY_GROUP}]


def reporting_bodies(user: User, permission: Permission = Permission.READ_LEDGER) -> OrganisationQuerySet:
    """Return the bodies whose numbers the user may read, or for which another permission holds, by their tree."""
    within = under_paths("path", user.paths(permission))
    return Organisation.objects.current().filter(within, kind__in=REPORTING).order_by("path")


def own_body(user: User, permission: Permission = Permission.READ_LEDGER) -> Organisation | None:
    """Return the body a page starts with: the user's own, else the highest they may read; None for nobody's."""
    if user.has_permission(permission, user.organisation):
        return user.organisation
    return reporting_bodies(user, permission).first()
