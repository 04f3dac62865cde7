"""Keeping the ledger's words: kinds and first sentences added, changed, taken out of use and offered again."""

import secrets

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.errors import Refused
from members import audit
from members.models import Organisation, User
from members.permissions import Permission
from services.models import Duty, Kind, Phrase

OURS = _(
    "This belongs to the whole house. Ask a steward who looks after all of it, or add a kind of your own organisation."
)
OUTSIDE = _("This lies outside the organisations whose words you look after.")
TAKEN = _("There is one of that name already. Choose another name, or restore the one that is retired.")


@transaction.atomic
def add(*, domain: str, group: str, label: str, organisation: Organisation | None, by: User, **values: object) -> Kind:
    """Add a kind, the whole house's without an organisation; its code is made up, for imports and addresses alone.

    Raises: Refused outside the scope, or for a name there is already. Side effects in order: row, audit row.
    """
    check_owner(organisation, by)
    code = f"own-{secrets.token_hex(4)}"
    kind = Kind(domain=domain, group=group, code=code, label=label, organisation=organisation, **values)
    _save(kind)
    audit.record(actor=by, event="kind.add", target=kind, domain=str(domain))
    return kind


@transaction.atomic
def change(*, kind: Kind, by: User, **values: object) -> Kind:
    """Change a kind's name, place and what is asked for first. What it counts as never changes: merge it instead.

    Raises: Refused outside the scope, or for a name there is already. Side effects in order: lock, row, audit row.
    """
    kind = locked(kind, by)
    changed = [name for name, value in values.items() if getattr(kind, name) != value]
    for name in changed:
        setattr(kind, name, values[name])
    if changed:
        _save(kind, changed)
        audit.record(actor=by, event="kind.change", target=kind, fields=changed)
    return kind


@transaction.atomic
def retire(*, kind: Kind, by: User) -> None:
    """Take a kind off the lists to choose from; rows keep it.

    Raises: Refused outside the scope, or while a duty is fulfilled by it. Side effects in order: lock, date, audit row.
    """
    kind = locked(kind, by)
    owed = Duty.objects.filter(proof_kind=kind, ends_on=None).order_by("pk").first()
    if owed is not None:
        raise Refused(
            _("The duty “%(duty)s” is fulfilled by entries of this kind, so it stays in use.") % {"duty": owed},
            code="owed",
        )
    if kind.retired_on is None:
        kind.retired_on = timezone.localdate()
        kind.save(update_fields=["retired_on"])
        audit.record(actor=by, event="kind.retire", target=kind)


@transaction.atomic
def restore(*, kind: Kind, by: User) -> None:
    """Offer a retired kind again. Raises: Refused outside the scope. Side effects in order: lock, date, audit row."""
    kind = locked(kind, by)
    if kind.retired_on is not None:
        kind.retired_on = None
        kind.save(update_fields=["retired_on"])
        audit.record(actor=by, event="kind.restore", target=kind)


@transaction.atomic
def write_phrase(
    *,
    kind: Kind,
    text: str,
    position: int,
    organisation: Organisation | None,
    by: User,
    phrase: Phrase | None = None,
) -> Phrase:
    """Add a first sentence of a kind, or change one.

    Raises: Refused outside the scope of what it was or becomes, or for one there is already.
    Side effects in order: row, audit row.
    """
    check_owner(organisation, by)
    event = "phrase.add"
    if phrase is None:
        phrase = Phrase()
    else:
        phrase, event = Phrase.objects.select_for_update().get(pk=phrase.pk), "phrase.change"
        check_owner(phrase.organisation, by)
    phrase.kind, phrase.text, phrase.position, phrase.organisation = kind, text, position, organisation
    _save(phrase)
    audit.record(actor=by, event=event, target=phrase, kind=kind.pk)
    return phrase


@transaction.atomic
def drop_phrase(*, phrase: Phrase, by: User) -> None:
    """Take a first sentence off the list; what was written with it stays. Side effects in order: audit row, row."""
    check_owner(phrase.organisation, by)
    audit.record(actor=by, event="phrase.drop", target=phrase, kind=phrase.kind_id)
    Phrase.objects.filter(pk=phrase.pk).delete()


def check_owner(organisation: Organisation | None, by: User) -> None:
    """Let the house's words be changed by whoever looks after the whole house alone. Raises: Refused."""
    if organisation is not None:
        if not by.has_permission(Permission.MANAGE_VOCABULARIES, organisation):
            raise Refused(OUTSIDE, code="outside_scope")
        return
    paths = by.paths(Permission.MANAGE_VOCABULARIES)
    tops = Organisation.objects.current().filter(parent=None).values_list("path", flat=True)
    if not all(any(top.startswith(path) for path in paths) for top in tops):
        raise Refused(OURS, code="whole_house")


def locked(kind: Kind, by: User) -> Kind:
    """Lock a kind the actor looks after. Raises: Refused."""
    kind = Kind.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=kind.pk)
    check_owner(kind.organisation, by)
    return kind


def _save(row: Kind | Phrase, fields: list[str] | None = None) -> None:
    try:
        with transaction.atomic():
            row.save(update_fields=fields)
    except IntegrityError:
        raise Refused(TAKEN, code="taken") from None
