"""Sending a draft in: its numbers freeze into the text of a case whose figures are confirmed from the first day."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.actions import evidence, intake, photo, review
from cases.actions.outline import locked
from cases.evidence import verdicts
from cases.evidence.figures import extract
from cases.intake.arrival import Arrival, examine
from cases.models import Call, Case, Claim, Decision, Intake, Outline, OutlinePhoto, SubjectField, Track
from cases.outline import rendering
from cases.outline.rendering import Filled
from config.errors import Refused
from config.uploads import bounded, storage
from config.uploads.bounded import Picture
from members import audit
from members.models import User

PROFILE = "web"
MENTION = Claim._meta.get_field("mention").max_length


@transaction.atomic
def submit(
    *,
    outline: Outline,
    by: User,
    seen: int,
    contributor_name: str = "",
    field: SubjectField | None = None,
    place: tuple[Call | None, Track | None] = (None, None),
    statement: str = "",
) -> Case:
    """Freeze a draft's numbers as they are now and send it in like any text; its fields become confirmed claims.

    What runs on up to today is bound to the days up to today, so that later days do not make the text untrue.
    Raises: Conflict when somebody saved another version than `seen`; WrongState when it was sent in or thrown away;
    Refused while something is missing or the call takes it not; FileRefused as `intake.receive`.
    Side effects in order: lock; case with intake and receipt; claims; photos; the decision to submit; outline;
    audit row.
    """
    pictures = _encoded(outline)
    outline = locked(outline, by, seen=seen)
    draft = rendering.read(outline, is_settled=True)
    if missing := [*draft.problems, *rendering.photo_problems(outline)]:
        raise Refused(missing[0], code="unfinished")
    body, places = draft.frozen()
    arrival = examine(body.encode(), "", is_paste=True, profile=PROFILE, title=outline.title)
    case = intake.receive(
        data=body.encode(),
        filename="",
        door=Intake.Door.LEDGER,
        organisation=outline.organisation,
        by=by,
        contributor_name=contributor_name,
        field=field,
        once_token=outline.once_token,
        arrival=arrival,
        place=place,
        statement=statement,
        submit=False,
    )
    bound = _bind(case, arrival, places, by)
    for chosen, picture in pictures:
        sha256 = chosen.attachment.sha256
        photo.take_over(case=case, picture=picture, sha256=sha256, caption=chosen.caption, by=by)
    review.decide(case=case, kind=Decision.Kind.SUBMIT, by=by, revision=case.current_revision)
    outline.case = case
    outline.call, outline.track = place
    outline.save(update_fields=["case", "call", "track"])
    audit.record(actor=by, event="outline.submit", target=outline, case=case.pk, claims=bound, photos=len(pictures))
    return Case.objects.select_related("organisation", "current_revision").get(pk=case.pk)


def _encoded(outline: Outline) -> list[tuple[OutlinePhoto, Picture]]:
    """Encode the chosen photos anew, before anything is locked: the ledger's own files stay as they are."""
    rows = outline.photos.select_related("attachment").filter(attachment__removed_at=None).order_by("position", "pk")
    found = []
    for row in rows[: settings.PHOTOS_PER_CASE]:
        try:
            data = storage.read(storage.PICTURES, row.attachment.large_sha256)
        except FileNotFoundError:
            raise Refused(_("A photo chosen is missing on the disk. Take it out of the draft."), code="photo") from None
        found.append((row, bounded.picture(data)))
    return found


def _bind(case: Case, arrival: Arrival, places: list[tuple[int, Filled]], by: User) -> int:
    """Confirm every frozen number that stands in the cleaned text as a figure; return how many."""
    body = case.current_revision.body
    figures = extract(body)
    claims: dict[str, Claim] = {}
    for start, filled in places:
        first = _moved(arrival, start)  # a unit of several words (个窗口) is longer than the figure found
        figure = next((figure for figure in figures if figure.start <= first < figure.end), None)
        if figure is None:
            continue
        context = verdicts.context_of(body, figure)
        claims[context] = Claim(
            case=case,
            context=context,
            mention=figure.mention[:MENTION],
            indicator=filled.field.indicator,
            filters=filled.field.filters,
            organisation=filled.field.organisation,
            period=filled.reading.period.text,
            confirmed_by=by,
            confirmed_at=timezone.now(),
            is_drafted=True,
        )
    Claim.objects.bulk_create(claims.values())
    evidence.count_unchecked(case)
    return len(claims)


def _moved(arrival: Arrival, place: int) -> int:
    """Return where a place of the text sent in stands in the cleaned one."""
    shift = sum(len(fix.replaced_by) - len(fix.removed) for fix in arrival.cleaned.fixes if fix.end <= place)
    return place + shift
