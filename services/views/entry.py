"""An entry after it was made: correcting it, and who took part."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from config.errors import Conflict, Refused
from members.access import requires
from members.permissions import Permission
from services.actions import entry as actions
from services.actions.activity import OUTSIDE
from services.forms.entry import EntryForm, PeopleForm
from services.models import Activity
from services.queries import entry as queries


@requires(Permission.LOG_ACTIVITY)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct what an entry says; when somebody else was quicker, what was typed stays beside what it says now."""
    activity = _load(request, pk)
    if not queries.may_change(request.user, activity):
        return _refuse(request, activity)
    form = EntryForm(request.POST or None, user=request.user, activity=activity)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                actions.change(activity=activity, by=request.user, **form.cleaned_data)
            except Refused as refusal:
                form.add_error(None, str(refusal))
                status = 409 if isinstance(refusal, Conflict) else 422
            else:
                messages.success(request, _("Changed."))
                return redirect(activity)
    context = {"form": form, "activity": activity}
    return TemplateResponse(request, "services/entry/edit.html", context, status=status)


@requires(Permission.LOG_ACTIVITY)
@require_http_methods(["GET", "HEAD", "POST"])
def people(request: HttpRequest, pk: int) -> HttpResponse:
    """Note who took part: the secretary marks the absent, everybody else was there; others come by name."""
    activity = _load(request, pk)
    if not queries.may_change(request.user, activity):
        return _refuse(request, activity)
    form = PeopleForm(request.POST or None, user=request.user, activity=activity)
    if request.method == "POST" and form.is_valid():
        try:
            actions.note_people(activity=activity, by=request.user, **form.noting)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Noted."))
            return redirect(activity)
    context = {"form": form, "activity": activity}
    status = 422 if request.method == "POST" else 200
    return TemplateResponse(request, "services/entry/people.html", context, status=status)


def _refuse(request: HttpRequest, activity: Activity) -> HttpResponse:
    """Go back to the entry with the reason why it cannot be changed."""
    taken_back = activity.voided_at is not None
    messages.error(request, str(actions.TAKEN_BACK if taken_back else OUTSIDE))
    return redirect(activity)


def _load(request: HttpRequest, pk: int) -> Activity:
    rows = Activity.objects.visible_to(request.user).with_row().select_related("campaign", "region", "matter")
    return get_object_or_404(rows, pk=pk)
