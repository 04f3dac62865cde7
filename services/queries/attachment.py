"""Reads of files: whose they are, who may add one, what a page's shelf of files shows."""

from dataclasses import dataclass

from django.db.models import F, Model, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.models import Organisation, User
from members.models.organisation import OrganisationQuerySet
from members.permissions import Permission
from services.indicators.columns import Table
from services.models import Activity, Attachment, Campaign, Figure, Grant, Matter, Pairing, Venue
from services.models.attachment import OWNERS, AttachmentQuerySet
from services.models.ledger import Ledger
from services.queries.matter import near_bodies

# Whose rows take files, and what it takes to add one: the right to change the row itself.
KEEPERS: dict[str, tuple[type[Ledger], Permission]] = {
    "activity": (Activity, Permission.LOG_ACTIVITY),
    "matter": (Matter, Permission.HANDLE_MATTER),
    "pairing": (Pairing, Permission.MANAGE_PAIRINGS),
    "grant": (Grant, Permission.LOG_ACTIVITY),
    "venue": (Venue, Permission.LOG_ACTIVITY),
    "campaign": (Campaign, Permission.MANAGE_CAMPAIGNS),
    "figure": (Figure, Permission.ENTER_FIGURES),
}
KEEP_PAPERS = Permission.LOG_ACTIVITY
ADDING = tuple(dict.fromkeys([KEEP_PAPERS, *(permission for _model, permission in KEEPERS.values())]))


@dataclass(frozen=True)
class Shelf:
    """The files of one row as its page shows them; `url` is where more are added, "" for whoever may not."""

    photos: list[Attachment]
    papers: list[Attachment]
    url: str

    @property
    def is_empty(self) -> bool:
        """Whether nothing lies there."""
        return not self.photos and not self.papers


def shelf(owner: Ledger, user: User) -> Shelf:
    """Return a row's files, the first added first: one query. Show it with `services/attachment/_shelf.html`."""
    rows = list(owner.attachments.standing().order_by("pk"))
    url = address(owner) if may_add(user, owner) else ""
    photos = [row for row in rows if row.sort == Attachment.Sort.PHOTO]
    return Shelf(photos, [row for row in rows if row.sort != Attachment.Sort.PHOTO], url)


def address(owner: Ledger) -> str:
    """Return the page on which a row's files are added and taken away."""
    return reverse("services:attachment_of", args=[owner._meta.model_name, owner.pk])


def may_add(user: User, owner: Ledger) -> bool:
    """Tell whether the account may add a file to a row, and take one away."""
    _model, permission = KEEPERS[owner._meta.model_name]
    return user.has_permission(permission, owner.organisation)


def may_remove(user: User, attachment: Attachment) -> bool:
    """Tell whether the account may take a file away."""
    owner = owner_of(attachment)
    if isinstance(owner, Ledger):
        return may_add(user, owner)
    return user.has_permission(KEEP_PAPERS, attachment.organisation)


def owner_of(attachment: Attachment) -> Model:
    """Return the row a file belongs to; of a policy paper the organisation that issued it."""
    return next(getattr(attachment, name) for name in OWNERS if getattr(attachment, f"{name}_id") is not None)


def owner_words(owner: Model) -> str:
    """Return what a row is called where its files are listed."""
    if isinstance(owner, Pairing):
        return f"{owner.helper_name} → {owner.helped_name}"
    if isinstance(owner, Activity):
        return f"{owner.kind} · {owner.happened_on:%Y-%m-%d}"
    if isinstance(owner, Figure):
        return _("%(label)s (figure)") % {"label": owner.label}
    return str(owner)


def issuers(user: User) -> OrganisationQuerySet:
    """Return the bodies a paper may come from: those near, and the ones above the user's own organisation."""
    steps = user.organisation.path.rstrip(".").split(".")
    above = [".".join(steps[: count + 1]) + "." for count in range(len(steps))]
    return Organisation.objects.filter(Q(pk__in=near_bodies(user).values("pk")) | Q(path__in=above)).order_by("path")


def papers(user: User, sort: str, wanted: dict) -> AttachmentQuerySet:
    """Return the papers of one sort the account may read, as a filter form asks for them, the last issued first."""
    rows = Attachment.objects.visible_to(user).standing().filter(sort=sort)
    if text := wanted.get("text"):
        rows = rows.filter(Q(title__icontains=text) | Q(number__icontains=text) | Q(filename__icontains=text))
    if issuer := wanted.get("issuer"):
        rows = rows.filter(issuer=issuer)
    if year := wanted.get("year"):
        rows = rows.filter(issued_on__year=year)
    return rows.order_by(F("issued_on").desc(nulls_last=True), "-pk")


EXPORTED = Table(
    (),
    (),
    (
        (gettext_lazy("Title"), str),
        (gettext_lazy("Document number"), lambda row: row.number),
        (gettext_lazy("Issued by"), lambda row: str(row.issuer or "")),
        (gettext_lazy("Issued on"), lambda row: row.issued_on),
        (gettext_lazy("Belongs to"), lambda row: owner_words(owner_of(row))),
        (gettext_lazy("Kept by"), lambda row: str(row.organisation)),
    ),
)
