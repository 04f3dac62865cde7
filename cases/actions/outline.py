"""Drafting a case from the ledger: begun, saved, its figures and photos chosen, thrown away."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.evidence.verdicts import written
from cases.models import Call, Outline, OutlineField, OutlinePhoto, Track
from cases.models.outline import MOST_CHARACTERS, SECTIONS
from cases.outline import fields
from cases.outline.offers import Offer
from config.errors import Conflict, Refused, WrongState
from members import audit
from members.models import Organisation, User
from members.permissions import Permission
from services.models import Attachment

MOST_FIELDS = 200  # our choice: a case of 5,000 characters holds perhaps fifty numbers


@transaction.atomic
def begin(
    *,
    organisation: Organisation,
    period: str,
    by: User,
    place: tuple[Call | None, Track | None] = (None, None),
) -> Outline:
    """Open an empty draft for a body and period; `place` is the call it is written for.

    Raises: Refused outside the scope. Side effects in order: outline, audit row.
    """
    if not by.has_permission(Permission.DRAFT_CASE, organisation):
        raise Refused(_("You may not draft cases for this organisation."), code="outside_scope")
    outline = Outline.objects.create(
        organisation=organisation,
        organisation_path=organisation.path,
        period=period,
        call=place[0],
        track=place[1],
        created_by=by,
        saved_by=by,
    )
    audit.record(actor=by, event="outline.begin", target=outline)
    return outline


@transaction.atomic
def save(
    *,
    outline: Outline,
    title: str,
    texts: dict[str, str],
    shapes: dict[int, str],
    seen: int,
    by: User,
    place: tuple[Call | None, Track | None] = (None, None),
) -> Outline:
    """Keep what was written, with every field's words put right, and for which call it is written.

    `seen` is the version the writer had before them. Raises: Conflict when somebody saved another one meanwhile;
    WrongState when it was sent in or thrown away; Refused for too long a part.
    Side effects in order: lock, shapes of fields, texts, audit row.
    """
    outline = locked(outline, by, seen=seen)
    if any(len(text) > MOST_CHARACTERS for text in texts.values()):
        raise Refused(_("A part is longer than a whole case may be. Shorten it."), code="too_long")
    rows = {row.number: row for row in outline.fields.all()}
    labels = {number: row.label for number, row in rows.items()}
    for number, shape in shapes.items():
        if number in rows and rows[number].shape != shape:
            rows[number].shape = shape
            rows[number].save(update_fields=["shape"])
    outline.title = title
    outline.call, outline.track = place
    for name in SECTIONS:
        setattr(outline, name, fields.relabelled(texts[name].replace("\r\n", "\n"), labels))
    _touch(outline, by, "title", "call", "track", *SECTIONS)
    audit.record(actor=by, event="outline.save", target=outline, version=outline.version)
    return outline


@transaction.atomic
def choose(*, outline: Outline, offers: list[Offer], chosen: Iterable[str], by: User) -> list[str]:
    """Put in the sentences of the figures chosen and take out those of the others offered.

    Returns the labels of those that stand in a sentence somebody changed: these stay until they are taken out by hand.
    Raises: WrongState as `save`; Refused for too many. Side effects in order: lock, fields, texts, audit row.
    """
    outline = locked(outline, by)
    wanted = set(chosen)
    rows = {
        written(row.indicator, row.filters): row
        for row in outline.fields.filter(period=outline.period, organisation=outline.organisation)
    }
    kept, removed = [], 0
    for offer in offers:
        row = rows.get(offer.identity)
        if row is not None and offer.identity not in wanted:
            if _take_out(outline, row):
                removed += 1
            else:
                kept.append(row.label)
    new = [offer for offer in offers if offer.identity in wanted and offer.identity not in rows]
    _put_in(outline, new)
    _touch(outline, by, *SECTIONS)
    audit.record(actor=by, event="outline.choose", target=outline, added=len(new), removed=removed)
    return kept


@transaction.atomic
def bind(
    *, outline: Outline, offer: Offer, section: str, start: int, end: int, mention: str, seen: int, by: User
) -> None:
    """Put a field in the place of a number typed by hand.

    Raises: Conflict when the number does not stand there any more; WrongState as `save`.
    Side effects in order: lock, field, text, audit row.
    """
    outline = locked(outline, by)
    text = getattr(outline, section)
    if outline.version != seen or text[start:end] != mention:
        raise Conflict(_("This number stands there no longer: the draft was changed meanwhile. Look at it again."))
    row = outline.fields.filter(
        indicator=offer.key, filters=offer.filters, period=outline.period, organisation=outline.organisation
    ).first() or _field(outline, offer)
    setattr(outline, section, text[:start] + fields.token(row.number, row.label) + text[end:])
    _touch(outline, by, section)
    audit.record(actor=by, event="outline.save", target=outline, version=outline.version)


@transaction.atomic
def choose_photos(*, outline: Outline, chosen: list[tuple[Attachment, str]], by: User) -> None:
    """Make these the draft's photos, each with its caption, in this order.

    Raises: WrongState as `save`. Side effects in order: lock, rows, audit row.
    """
    outline = locked(outline, by)
    outline.photos.all().delete()
    OutlinePhoto.objects.bulk_create(
        OutlinePhoto(outline=outline, attachment=attachment, caption=caption, position=position)
        for position, (attachment, caption) in enumerate(chosen)
    )
    _touch(outline, by)
    audit.record(actor=by, event="outline.photos", target=outline, photos=len(chosen))


@transaction.atomic
def discard(*, outline: Outline, by: User) -> None:
    """Throw a draft away with its fields; photos stay in the ledger.

    Raises: WrongState when it was sent in. Side effects in order: lock, audit row, rows.
    """
    outline = locked(outline, by)
    audit.record(actor=by, event="outline.discard", target=outline)
    outline.fields.all().delete()
    outline.photos.all().delete()
    outline.delete()


def locked(outline: Outline, by: User, *, seen: int | None = None) -> Outline:
    """Lock a draft and return it fresh.

    Raises: WrongState once it is sent in or gone; Conflict when it is another version than `seen`.
    """
    rows = Outline.objects.visible_to(by).select_for_update(of=("self",))
    fresh = rows.select_related("organisation__region", "saved_by").filter(pk=outline.pk).first()
    if fresh is None:
        raise WrongState(gettext_lazy("This draft was thrown away meanwhile."))
    if fresh.case_id is not None:
        raise WrongState(gettext_lazy("This draft was sent in meanwhile; change the case itself now."))
    if seen is not None and fresh.version != seen:
        raise Conflict(
            _("%(name)s saved this draft at %(time)s while you were writing. Compare both below, then save yours anew.")
            % {"name": fresh.saved_by.name, "time": timezone.localtime(fresh.saved_at).strftime("%H:%M")}
        )
    return fresh


def _touch(outline: Outline, by: User, *names: str) -> None:
    outline.version += 1
    outline.saved_at, outline.saved_by = timezone.now(), by
    outline.save(update_fields=[*names, "version", "saved_at", "saved_by"])


def _put_in(outline: Outline, new: list[Offer]) -> None:
    """Append sentences to their parts, those of one group as one paragraph."""
    paragraphs: dict[tuple[str, str], list[str]] = {}
    for offer in new:
        row = _field(outline, offer)
        paragraphs.setdefault((offer.section, offer.group), []).append(row.sentence)
    for (section, _group), sentences in paragraphs.items():
        before = getattr(outline, section).rstrip("\n")
        setattr(outline, section, "\n".join(part for part in (before, fields.joined(sentences)) if part))


def _take_out(outline: Outline, row: OutlineField) -> bool:
    """Take a field's sentence out, and the field once nothing names it; tell whether it is gone."""
    for name in SECTIONS:
        left = fields.without_sentence(getattr(outline, name), row.sentence) if row.sentence else None
        if left is not None:
            setattr(outline, name, left)
    if any(row.number in fields.numbers(text) for text in outline.texts.values()):
        return False
    row.delete()
    return True


def _field(outline: Outline, offer: Offer) -> OutlineField:
    number = (outline.fields.aggregate(last=Max("number"))["last"] or 0) + 1
    if number > MOST_FIELDS:
        raise Refused(_("A draft holds at most %(limit)s figures.") % {"limit": MOST_FIELDS}, code="too_many")
    return OutlineField.objects.create(
        outline=outline,
        number=number,
        indicator=offer.key,
        filters=offer.filters,
        organisation=outline.organisation,
        period=outline.period,
        label=offer.label,
        unit=offer.unit,
        sentence=offer.with_field(number)[:400],
    )
