"""What a case, or a text on its way in, lacks of what its call asks for."""

from datetime import datetime

from django.db.models import Count, Min, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases import callcheck, queries_call
from cases.callcheck import Finding, PhotoFacts
from cases.models import Call, Case, Outline, Quota, Track
from cases.models.case import characters_of
from config.errors import Refused
from members.models import Organisation

CLOSED = gettext_lazy(
    "“%(name)s” closed on %(day)s and takes no more cases. Choose another call, or send it in without one."
)
NOT_OPEN = gettext_lazy(
    "“%(name)s” opens on %(day)s. Save a draft now and submit it then, or send it in without a call."
)
NOT_YOURS = gettext_lazy(
    "“%(name)s” is not open to %(unit)s: the call is for other bodies. Choose another call, or none."
)
TRACK = gettext_lazy("“%(name)s” has tracks: choose the one this case belongs to.")
GONE = gettext_lazy("“%(name)s” takes no cases: it was cancelled or is not announced. Choose another call, or none.")


def check(call: Call, track: Track | None, organisation: Organisation, at: datetime) -> None:
    """Tell whether a body may send a case in for a call at a moment.

    Raises: Refused before the window, after it unless late cases are taken, for other bodies, or without a track.
    """
    said = {"name": call.name, "unit": organisation.name}
    if call.state != Call.State.ANNOUNCED:
        raise Refused(GONE % said, code="call_gone")
    if not organisation.path.startswith(call.organisation.path):
        raise Refused(NOT_YOURS % said, code="call_scope")
    if at < call.opens_at:
        raise Refused(NOT_OPEN % (said | {"day": timezone.localdate(call.opens_at)}), code="call_early")
    if not call.takes_at(at):
        raise Refused(CLOSED % (said | {"day": call.last_day.date()}), code="call_closed")
    if (track is None and call.tracks.exists()) or (track is not None and track.call_id != call.pk):
        raise Refused(TRACK % said, code="call_track")


def of_text(call: Call, organisation: Organisation, body: str, now: datetime) -> list[Finding]:
    """Return what to know before a text is sent in for a call: length, parts, lateness, quota, photos still to come."""
    return [
        *_late(call, now >= call.closes_at),
        *_of_body(call, body),
        *_per_unit(call, organisation, coming=1),
        *_quota(call, organisation),
        *_photos_to_come(call),
    ]


def of_case(case: Case) -> list[Finding]:
    """Return how a received case stands against its call; nothing for one in no call."""
    call = case.call
    if call is None:
        return []
    facts = case.photos.aggregate(count=Count("pk"), bare=Count("pk", filter=Q(caption="")), least=Min("width"))
    return [
        *_late(call, case.is_late),
        *_of_body(call, case.current_revision.body),
        *_of_photos(call, facts),
        *_per_unit(call, case.organisation, coming=0),
    ]


def of_draft(outline: Outline, body: str, now: datetime) -> list[Finding]:
    """Return how a draft from the ledger stands against its call, were it sent in now; nothing without a call."""
    call = outline.call
    if call is None:
        return []
    try:
        check(call, outline.track, outline.organisation, now)
    except Refused as refusal:
        place = [Finding("place", False, str(refusal))]
    else:
        place = _late(call, now >= call.closes_at)
    facts = outline.photos.filter(attachment__removed_at=None).aggregate(
        count=Count("pk"), bare=Count("pk", filter=Q(caption="")), least=Min("attachment__width")
    )
    return [
        *place,
        *_of_body(call, body),
        *_of_photos(call, facts),
        *_per_unit(call, outline.organisation, coming=1),
        *_quota(call, outline.organisation),
    ]


def _of_photos(call: Call, facts: dict[str, int | None]) -> list[Finding]:
    return callcheck.photos(
        PhotoFacts(facts["count"], facts["bare"], facts["least"]),
        least=call.least_photos,
        most=call.most_photos,
        pixels=call.least_photo_pixels,
        captions=call.needs_captions,
    )


def _of_body(call: Call, body: str) -> list[Finding]:
    parts = list(call.parts.in_order())
    wanted = [(part.name, part.words) for part in parts]
    limited = [(part.name, part.words, part.most_characters) for part in parts]
    limits = callcheck.length(characters_of(body), call.least_characters, call.most_characters)
    return [*limits, *callcheck.parts(body, wanted), *callcheck.part_lengths(body, limited)]


def _late(call: Call, is_late: bool) -> list[Finding]:
    if not is_late:
        return []
    day = timezone.localtime(call.last_day).strftime("%Y-%m-%d")
    return [
        Finding("late", False, _("The call closed on %(day)s: the case is taken and marked as late.") % {"day": day})
    ]


def _per_unit(call: Call, organisation: Organisation, coming: int) -> list[Finding]:
    if call.most_per_unit is None:
        return []
    count = Case.objects.filter(queries_call.IN_CALL, call=call, organisation=organisation).count() + coming
    if count <= call.most_per_unit:
        return []
    said = {"count": count, "most": call.most_per_unit}
    return [
        Finding(
            "per_unit",
            False,
            _("The unit has %(count)d cases in the call with this one, of at most %(most)d. Withdraw the weaker.")
            % said,
        )
    ]


def _quota(call: Call, organisation: Organisation) -> list[Finding]:
    """Say who recommends first, how many it may, and how many wait there already."""
    quota = nearest_quota(call, organisation)
    if quota is None:
        return []
    inside = Case.objects.filter(queries_call.IN_CALL, call=call, organisation__path__startswith=quota.body.path)
    said = {"body": quota.body.name, "places": quota.places, "count": inside.count()}
    if quota.sent_at is not None:
        return [
            Finding(
                "list_sent", False, _("%(body)s has sent its list already: ask there whether it takes more.") % said
            )
        ]
    if said["count"] >= quota.places:
        text = _("%(body)s recommends at most %(places)d cases and has %(count)d already: it will choose among them.")
        return [Finding("over_quota", False, text % said)]
    return [Finding("quota", True, _("%(body)s recommends at most %(places)d cases; %(count)d are in so far.") % said)]


def nearest_quota(call: Call, organisation: Organisation) -> Quota | None:
    """Return the quota of the nearest body at or above a unit; None where nobody recommends."""
    quotas = [quota for quota in call.quotas.select_related("body") if organisation.path.startswith(quota.body.path)]
    return max(quotas, key=lambda quota: len(quota.body.path), default=None)


def _photos_to_come(call: Call) -> list[Finding]:
    if call.least_photos is None:
        return []
    return [
        Finding(
            "photos_to_come", True, _("Add at least %(least)d photos after sending.") % {"least": call.least_photos}
        )
    ]
