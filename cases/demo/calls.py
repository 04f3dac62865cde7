"""Two calls of the demo: one from its window to its result, one whose window is open."""

import tomllib
import uuid
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path

from django.utils import timezone

from cases.actions import call as call_actions
from cases.actions import call_rows, notice, recommend
from cases.demo.clock import clock, morning
from cases.models import Call, Case, Track
from members.middleware import whole_scope
from members.models import Organisation, User

HERE = Path(__file__).parent
LIMITS = (
    *("least_characters", "most_characters", "least_photos", "most_photos", "least_photo_pixels", "most_per_unit"),
    *("needs_recommendation", "needs_form"),
)


@dataclass
class Calls:
    """The calls as made; by a case's title, which call and track it is sent in for, and the marks it gets there."""

    made: list[tuple[Call, dict]] = field(default_factory=list)
    places: dict[str, tuple[Call, Track]] = field(default_factory=dict)
    scores: dict[str, dict[str, list[int]]] = field(default_factory=dict)

    def place_of(self, title: str) -> tuple[Call | None, Track | None]:
        """Return where a case of this title is sent in."""
        return self.places.get(title, (None, None))


def announce(bodies: dict[str, Organisation], users: dict[str, User]) -> Calls:
    """Make and announce the calls on the day before their windows open; the cases are sent in later."""
    calls, today = Calls(), timezone.localdate()  # before the clock is turned back
    for row in tomllib.loads((HERE / "calls.toml").read_text(encoding="utf-8"))["call"]:
        with clock(morning(days_ago=row["opens"] + 1, minutes=30)):
            call = _made(row, bodies, users["chief"], today)
        tracks = {track.name: track for track in call.tracks.all()}
        calls.made.append((call, row))
        calls.scores |= row.get("scores", {})
        calls.places |= {title: (call, tracks[name]) for title, name in row["cases"].items()}
    return calls


def _made(row: dict, bodies: dict[str, Organisation], chief: User, today: date) -> Call:
    call = call_actions.create(
        organisation=bodies["library"],
        by=chief,
        name=row["name"],
        preface=row["preface"],
        rules=row["rules"].strip(),
        opens_at=_midnight(today - timedelta(days=row["opens"])),
        closes_at=_midnight(today - timedelta(days=row["closes"] - 1)),
        **{name: row[name] for name in LIMITS if name in row},
    )
    call_rows.set_tracks(call=call, rows=[{"name": name, "note": note} for name, note in row["tracks"]], by=chief)
    quotas = [{"body": bodies[code], "places": places} for code, places in row["quotas"]]
    call_rows.set_quotas(call=call, rows=quotas, by=chief)
    if "phases" in row:
        names = ("kind", "name", "starts_on", "ends_on", "is_blind")
        phases = [
            dict(
                zip(
                    names,
                    (kind, name, today - timedelta(days=first), today - timedelta(days=last), is_blind),
                    strict=True,
                )
            )
            for kind, name, first, last, is_blind in row["phases"]
        ]
        call_rows.set_phases(call=call, rows=phases, by=chief)
    return call_actions.announce(call=call, by=chief)


def carry_on(calls: Calls, users: dict[str, User]) -> None:
    """Let the bodies recommend, and bring the finished call to its notice, with an objection that was settled."""
    with whole_scope():
        for call, row in calls.made:
            _recommend(call, row, users)
            if "listed" in row:
                _finish(call, row, users)


def _recommend(call: Call, row: dict, users: dict[str, User]) -> None:
    is_over = row["closes"] > 0
    for username, entries in row["recommended"].items():
        quota = next(quota for quota in call.quotas.all() if quota.body_id == users[username].organisation_id)
        with clock(morning(days_ago=27 if is_over else 1, minutes=90)):
            for title, opinion in entries:
                case = _case(call, title)
                said = {"state": "recommended", "opinion": opinion, "revision": case.current_revision}
                recommend.decide(quota=quota, case=case, by=users[username], **said)
            if is_over:
                recommend.send(quota=quota, by=users[username])


def _finish(call: Call, row: dict, users: dict[str, User]) -> None:
    with clock(morning(days_ago=17, minutes=300)):
        listed = [(_case(call, entry["title"]), entry["honour"]) for entry in row["listed"]]
        notice.set_list(call=call, rows=listed, by=users["chief"])
    told = row["objection"]
    with clock(morning(days_ago=14, minutes=45)):
        made = notice.object_(
            call=call, case=_case(call, told["title"]), body=told["body"], name="过路司机", once_token=uuid.uuid4()
        )
    for number, text in enumerate(told["steps"]):
        with clock(morning(days_ago=13 - number, minutes=60)):
            notice.note(objection=made, text=text, by=users["editor2"])
    with clock(morning(days_ago=11, minutes=200)):
        notice.settle(objection=made, outcome="rejected", finding=told["finding"], by=users["editor2"])


def _case(call: Call, title: str) -> Case:
    return Case.objects.select_related("current_revision").get(call=call, revisions__number=1, revisions__title=title)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
