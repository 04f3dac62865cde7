"""The page after signing in."""

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from cases import queries_assignment, queues
from cases.models import Objection
from members.access import signed_in
from members.models import Notice
from members.permissions import Permission

SHOWN_CASES = 8
SHOWN_NOTICES = 6


@signed_in
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    user = request.user
    counts = queues.counts(user)
    numbers = {queue.name: count for queue, count in counts}
    shown = [name for name in ("held", "asked", "sent") if numbers.get(name)]
    tiles = [(queue, count) for queue, count in counts if queue.name not in shown]
    if user.has_permission(Permission.READ_DESK) and not any(count for queue, count in tiles if queue.is_author_side):
        tiles = [(queue, count) for queue, count in tiles if not queue.is_author_side]
    context = {
        "groups": {group: [tile for tile in tiles if tile[0].group == group] for group in ("work", "stage", "author")},
        "lists": [(queues.BY_NAME[name], numbers[name], _first_rows(name, user)) for name in shown],
        "notices": Notice.objects.visible_to(user).unread_first()[:SHOWN_NOTICES],
        "asks_factor": user.needs_factor and not request.session.get("second_factor"),
        "reviews": queries_assignment.open_count(user) if user.has_permission(Permission.SCORE_CASES) else 0,
        "objections": _open_objections(user),
        "is_editor": user.has_permission(Permission.EDIT_CASE),
        "is_desk": user.has_permission(Permission.READ_DESK),
        "is_author": user.has_permission(Permission.SUBMIT_CASE),
    }
    return TemplateResponse(request, "cases/home/home.html", context)


def _open_objections(user):
    if not user.has_permission(Permission.HANDLE_OBJECTIONS):
        return 0
    return Objection.objects.visible_to(user).filter(outcome=Objection.Outcome.OPEN).count()


def _first_rows(name, user):
    return queues.rows(queues.BY_NAME[name], user).with_row().order_by("state_since", "pk")[:SHOWN_CASES]
