"""Regions below what the standard's list holds: townships, and names that changed."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from config.errors import Refused
from members import audit
from members.models import Region, User


@transaction.atomic
def add(*, code: str, name: str, level: str, parent: Region | None, by: User) -> Region:
    """Add a division under another one.

    Raises: Refused without a parent: what stands at the top comes from the standard's list alone.
    Side effects in order: row with its path, audit row.
    """
    if parent is None:
        raise Refused(_("Choose the region above. Provinces come from the standard's list alone."), code="no_parent")
    region = Region.objects.create(code=code, name=name, level=level, parent=parent, path=f"{parent.path}{code}.")
    audit.record(actor=by, event="region.add", target=region)
    return region


@transaction.atomic
def rename(*, region: Region, name: str, by: User) -> Region:
    """Give a division its new name; code and place stay. Side effects in order: lock, row, audit row."""
    region = Region.objects.select_for_update().get(pk=region.pk)
    if region.name != name:
        region.name = name
        region.save(update_fields=["name"])
        audit.record(actor=by, event="region.rename", target=region, fields=["name"])
    return region
