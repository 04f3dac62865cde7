"""Founding and moving bodies in the one tree."""

from datetime import date

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from config.errors import Refused
from members import audit
from members.middleware import whole_scope
from members.models import Organisation, Region, User

PATHS = {"organisation_path", "members_path"}
NO_PARENT = _("Choose the body above: only the first organisation of an installation has none.")
GAIN = _("This would give you rights you do not have now. Ask a steward who does not hold them.")


@transaction.atomic
def found(
    *,
    code: str,
    name: str,
    kind: str,
    region: Region,
    by: User | None,
    parent: Organisation | None = None,
    short_name: str = "",
    uscc: str = "",
) -> Organisation:
    """Add a body under its parent; one without a parent is the set-up of a new installation, `by=None`.

    Raises: Refused without a parent otherwise. Side effects in order: row with its path, audit row.
    """
    if parent is None and by is not None:
        raise Refused(NO_PARENT, code="root")
    with connection.cursor() as cursor:
        cursor.execute("select nextval(pg_get_serial_sequence('members_organisation', 'id'))")
        pk = cursor.fetchone()[0]
    organisation = Organisation.objects.create(
        pk=pk,
        code=code,
        name=name,
        short_name=short_name,
        kind=kind,
        parent=parent,
        path=f"{parent.path if parent else ''}{pk}.",
        region=region,
        uscc=uscc,
    )
    audit.record(actor=by, event="organisation.found", target=organisation)
    return organisation


def tell_of_change() -> None:
    """Let the apps above look at their copies of names, kinds and regions after the commit, in the background."""
    for path in settings.ORGANISATION_TASKS:
        transaction.on_commit(lambda path=path: import_string(path).enqueue())


@transaction.atomic
def change(*, organisation: Organisation, by: User, **fields: object) -> Organisation:
    """Change names, kind, region or USCC of a body.

    Side effects in order: lock, row, audit row with field names, the copies above.
    """
    organisation = Organisation.objects.select_for_update().get(pk=organisation.pk)
    changed = [name for name, value in fields.items() if getattr(organisation, name) != value]
    for name in changed:
        setattr(organisation, name, fields[name])
    if changed:
        organisation.save(update_fields=changed)
        audit.record(actor=by, event="organisation.change", target=organisation, fields=sorted(changed))
        tell_of_change()
    return organisation


@transaction.atomic
def move(*, organisation: Organisation, parent: Organisation | None, by: User) -> Organisation:
    """Hang a body with everything under it elsewhere in the tree.

    Raises: Refused when the new parent lies inside the body itself, or there is none: nothing becomes a root later;
    and when the actor would gain rights by it.
    Side effects in order: lock of the whole subtree, new paths (also those repeated on people and posts), audit row.
    """
    if parent is None:
        raise Refused(NO_PARENT, code="root")
    organisation = Organisation.objects.select_for_update().get(pk=organisation.pk)
    parent = Organisation.objects.select_for_update().get(pk=parent.pk)
    if by.would_gain(organisation, parent):
        raise Refused(GAIN, code="own_gain")
    if parent.path.startswith(organisation.path):
        raise Refused(_("A body cannot be placed under itself or under one of its own parts."), code="own_child")
    old, new = organisation.path, f"{parent.path}{organisation.pk}."
    organisation.parent = parent
    organisation.save(update_fields=["parent"])
    moved = repath(old, new)
    audit.record(actor=by, event="organisation.move", target=organisation, parent=parent.pk, moved=moved)
    return Organisation.objects.get(pk=organisation.pk)


def repath(old: str, new: str) -> int:
    """Replace the path prefix `old` by `new` wherever paths are stored; return how many organisations moved.

    Tables repeat an organisation's path in a column of `PATHS` (row-level security compares it); all of them are
    found by that name, also those of apps above. Every row counts, so the scope is lifted meanwhile.
    """
    copies = [
        (model, field.attname)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.attname in PATHS
    ]
    counts = []
    with whole_scope(), connection.cursor() as cursor:
        for model, column in [(Organisation, "path"), *copies]:
            table, name = (connection.ops.quote_name(part) for part in (model._meta.db_table, column))
            cursor.execute(
                f"update {table} set {name} = %s || substr({name}, %s) where starts_with({name}, %s)",  # noqa: S608
                [new, len(old) + 1, old],
            )
            counts.append(cursor.rowcount)
    return counts[0]


@transaction.atomic
def close(*, organisation: Organisation, on: date, by: User) -> None:
    """Mark a body as no longer existing; its history stays.

    Raises: Refused when it is closed already. Side effects in order: lock, date, audit row.
    """
    organisation = Organisation.objects.select_for_update().get(pk=organisation.pk)
    if organisation.closed_on is not None:
        raise Refused(_("The organisation is closed already."), code="closed")
    organisation.closed_on = on
    organisation.save(update_fields=["closed_on"])
    audit.record(actor=by, event="organisation.close", target=organisation)


@transaction.atomic
def reopen(*, organisation: Organisation, by: User) -> None:
    """Take a closing back.

    Raises: Refused when the body became part of another: that is undone at the merge.
    Side effects in order: lock, date, audit row.
    """
    organisation = Organisation.objects.select_for_update().get(pk=organisation.pk)
    if organisation.merged_into_id is not None:
        raise Refused(_("It became part of another organisation. Undo the merge instead."), code="merged")
    organisation.closed_on = None
    organisation.save(update_fields=["closed_on"])
    audit.record(actor=by, event="organisation.reopen", target=organisation)
