"""Activities: the quick log, one entry with undoing it, the list and its export."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.errors import Refused
from config.paging import paginate
from config.uploads.handlers import kept_in_memory
from members import audit
from members.access import fresh_proof, requires
from members.permissions import Permission
from services.actions import activity as actions
from services.forms.activity import ActivityFilterForm, LogForm, VoidForm
from services.indicators import columns, sheets
from services.models import Activity, Participation
from services.models.ledger import VoidReason
from services.queries import activities
from services.queries import attachment as files
from services.queries import entry as entries
from services.queries import fold as folds
from services.queries import log as reading

EXPORTED = 100_000


@requires(Permission.LOG_ACTIVITY)
@kept_in_memory
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def log(request: HttpRequest) -> HttpResponse:
    """Take one entry. Without scripts it is a plain form; with them an entry made without a signal comes later."""
    asked = {name: request.GET[name] for name in ("kind", "about", "day", "campaign") if name in request.GET}
    form = LogForm(request.POST or None, request.FILES or None, user=request.user, initial=asked)
    if request.method == "POST" and form.is_valid():
        entry, given = form.entry
        photo = form.cleaned_data["photo"]
        try:
            activity, is_new = actions.log(
                by=request.user,
                given=actions.Given(*given) if given else None,
                photo=actions.Upload(photo.name, photo.read()) if photo else None,
                **entry,
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request, _("Entered.") if is_new else _("This entry was here already: nothing is doubled.")
            )
            target = _next_form(activity) if "next" in request.POST else activity.get_absolute_url()
            if request.headers.get("Accept") == "application/json":  # the script goes there itself
                return JsonResponse({"url": target})
            return redirect(target)
    last = Activity.objects.visible_to(request.user).standing().entered_by(request.user).with_row()[:5]
    context = {"form": form, "last": last}
    status = 422 if request.method == "POST" else 200
    return TemplateResponse(request, "services/activity/log.html", context, status=status)


@requires(Permission.READ_LEDGER)
@require_safe
def list_(request: HttpRequest) -> HttpResponse:
    form = ActivityFilterForm(request.GET or None, user=request.user)
    rows = activities.listed(request.user, form.cleaned_data if form.is_bound and form.is_valid() else {})
    page = paginate(request, rows.with_row().newest_first(), keys_first=True)
    context = {
        "form": form,
        "page": page,
        "may_log": request.user.has_permission(Permission.LOG_ACTIVITY),
        "may_fold": any(request.user.has_permission(permission) for permission in folds.FOLDING),
        "may_export": request.user.has_permission(Permission.EXPORT_LEDGER),
        "filters": [(name, value) for name, value in request.GET.items() if name in form.fields],
    }
    return TemplateResponse(request, "services/activity/list.html", context)


@requires(Permission.EXPORT_LEDGER)
@fresh_proof
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """Send exactly what the list shows with these filters, and leave an audit row."""
    form = ActivityFilterForm(request.POST, user=request.user)
    if not form.is_valid():
        messages.error(request, _("The list cannot be exported with these filters. Correct them first."))
        return redirect(f"{reverse('services:activity_list')}?{urlencode(_filters(request, form))}")
    rows = columns.ordered(
        activities.listed(request.user, form.cleaned_data).within(request.user, Permission.EXPORT_LEDGER)
    )
    count = rows.count()
    if count > EXPORTED:
        messages.error(request, _("These are %(count)s rows. Narrow the list to 100,000 first.") % {"count": count})
        return redirect(f"{reverse('services:activity_list')}?{urlencode(_filters(request, form))}")
    table = columns.table_of(rows)
    about = [(str(form[name].label), value) for name, value in _filters(request, form).items() if value]
    lines = (table.cells(row) for row in rows.iterator(chunk_size=2000))
    data = sheets.workbook(_("Activities"), [(_("Rows"), str(count)), *about], table.heads, lines)
    audit.record(actor=request.user, event="ledger.export", key="activities", count=count)
    name = f"{_('Activities')} {timezone.localdate():%Y-%m-%d}.xlsx"
    headers = {"Content-Disposition": content_disposition_header(True, name)}
    return HttpResponse(data, content_type=sheets.CONTENT_TYPE, headers=headers)


@requires(Permission.READ_LEDGER)
@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    activity = _load(request, pk)
    may_change = entries.may_change(request.user, activity)
    people = list(activity.participations.select_related("person").order_by("person__name", "pk"))
    absent = [one for one in people if one.state == one.State.ABSENT]
    shelf = files.shelf(activity, request.user)
    days = [photo.taken_on for photo in shelf.photos]
    context = {
        "activity": activity,
        "doubles": reading.doubles(activity) if activity.voided_at is None else [],
        "attendance": (len(people), len(people) - len(absent), len(absent)) if absent else None,
        "by_state": [
            (state.label, found) for state in Participation.State if (found := [p for p in people if p.state == state])
        ],
        "co_organisations": activity.co_organisations.order_by("name", "pk"),
        "folded": activity.folded.with_row().order_by("pk"),
        "may_fold": folds.may_fold(request.user, activity),
        "grants": entries.grants_of(activity),
        "shelf": shelf,
        "photo_day": next((day for day in days if day and day != activity.happened_on), None),
        "may_change": may_change,
        "may_undo": may_change and activity.is_undoable and activity.logged_by_id == request.user.pk,
        "void_form": VoidForm() if may_change else None,
    }
    return TemplateResponse(request, "services/activity/detail.html", context)


@requires(Permission.LOG_ACTIVITY)
@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    activity = _load(request, pk)
    return _take_back(request, activity, VoidReason.UNDONE, reverse("services:activity_log"))


@requires(Permission.LOG_ACTIVITY)
@require_POST
def void(request: HttpRequest, pk: int) -> HttpResponse:
    activity = _load(request, pk)
    form = VoidForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose why the entry is taken back."))
        return redirect(activity)
    return _take_back(request, activity, VoidReason(form.cleaned_data["reason"]), activity.get_absolute_url())


def _take_back(request: HttpRequest, activity: Activity, reason: VoidReason, after: str) -> HttpResponse:
    try:
        actions.void(activity=activity, reason=reason, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(activity)
    messages.success(request, _("Taken back: it no longer counts."))
    return redirect(after)


def _load(request: HttpRequest, pk: int) -> Activity:
    rows = (
        Activity.objects.visible_to(request.user)
        .with_row()
        .select_related("campaign", "region", "matter", "voided_by", "folded_into")
    )
    return get_object_or_404(rows, pk=pk)


def _next_form(activity: Activity) -> str:
    """Return the form for one more of the same kind and day."""
    back = (timezone.localdate() - activity.happened_on).days
    asked = {"kind": activity.kind_id, "day": back if back < 7 else 0}
    return f"{reverse('services:activity_log')}?{urlencode(asked)}"


def _filters(request: HttpRequest, form: ActivityFilterForm) -> dict:
    return {name: request.POST[name] for name in form.fields if request.POST.get(name)}
