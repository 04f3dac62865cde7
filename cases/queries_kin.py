"""Who among possible reviewers is the author or the contact of a case, whatever body they sit in."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator

from cases import contact
from cases.models import Case
from config import cipher
from config.sealed import key_ring
from members import identity
from members.middleware import whole_scope
from members.models import Person, User

Trace = tuple[str, object, object]


def authors_among(keys: Collection[int], users: Collection[User]) -> set[tuple[int, int]]:
    """Return the pairs of case and account in which the account's holder wrote the case or is its contact.

    Told by the account the case was entered with, by the contributor's name with the body it comes from, by the
    e-mail address or the telephone number left with it, and by those of the account it was entered with. Two queries;
    the scope is lifted, since a reviewer's entry in the register may lie elsewhere. No number is kept.
    """
    holders: dict[Trace, set[int]] = defaultdict(set)
    with whole_scope():
        people = Person.objects.filter(account__in=[user.pk for user in users], phone_digest__isnull=False)
        phones = dict(people.values_list("account", "phone_digest"))
        fields = ("pk", "uuid", "organisation", "contributor_name", "contact_cipher", "created_by")
        entered = tuple(f"created_by__{name}" for name in ("name", "organisation", "email", "person__phone_digest"))
        rows = list(Case.objects.filter(pk__in=keys).values_list(*fields, *entered))
    for user in users:
        for trace in _traces(user.name, user.organisation_id, user.email, [phones.get(user.pk)]):
            holders[trace].add(user.pk)
    found, accounts = set(), {user.pk for user in users}
    for key, uuid, body, name, sealed, account, account_name, account_body, mail, phone in rows:
        entry = _traces(account_name, account_body, mail, [phone])
        traces = [*_traces(name, body, "", []), *entry, *_left(sealed, uuid)]
        found |= {(key, who) for trace in traces for who in holders.get(trace, ())}
        if account in accounts:
            found.add((key, account))
    return found


def _traces(name: str | None, body: int | None, mail: str | None, phones: Iterable[bytes | None]) -> Iterator[Trace]:
    if name and name.strip() and body:
        yield "name", "".join(name.split()), body
    if mail and mail.strip():
        yield "mail", mail.strip().lower(), None
    yield from (("phone", bytes(phone), None) for phone in phones if phone)


def _left(sealed: bytes, uuid: object) -> Iterator[Trace]:
    """Return the traces of what a contributor left to be reached by."""
    try:
        text = contact.unseal(bytes(sealed), uuid) if sealed else ""
    except cipher.Undecipherable:
        return iter(())
    if "@" in text:
        return _traces(None, None, text, [])
    phone = identity.read_phone(text).value if text else ""
    return _traces(None, None, None, key_ring().digests("phone", phone) if phone else [])
