"""Entries made twice: the list of what may be the same, two side by side, folding and taking apart."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.errors import Refused
from config.paging import paginate
from members.access import requires
from services.actions import fold as actions
from services.forms.fold import SuspectedForm
from services.models import Activity
from services.queries import fold as queries


@requires(*queries.FOLDING)
@require_safe
def list_(request: HttpRequest) -> HttpResponse:
    form = SuspectedForm(SuspectedForm.usual() | request.GET.dict(), user=request.user)
    context = {"form": form, "page": None, "couples": []}
    if form.is_valid():
        page = paginate(request, queries.suspected(request.user, **form.cleaned_data).with_row().newest_first())
        context |= {"page": page, "couples": queries.couples(request.user, list(page))}
    return TemplateResponse(request, "services/fold/list.html", context, status=200 if form.is_valid() else 422)


@requires(*queries.FOLDING)
@require_http_methods(["GET", "HEAD", "POST"])
def compare(request: HttpRequest, pk: int, other: int) -> HttpResponse:
    """Show two entries side by side; posted, the one in the address first is kept unless `keep` names the other.

    `two` says instead that they are two, and the list stops asking.
    """
    left, right = _load(request, pk), _load(request, other)
    if request.method == "POST" and "two" in request.POST:
        return _keep_apart(request, left, right)
    if request.method == "POST":
        keep, drop = (right, left) if request.POST.get("keep") == str(right.pk) else (left, right)
        try:
            actions.fold(keep=keep, drop=drop, by=request.user)
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect(keep)
        messages.success(request, _("Folded: the two count as one. Both logs stay, and it can be undone."))
        return redirect(keep)
    context = {
        "left": left,
        "right": right,
        "lines": queries.side_by_side(left, right),
        "may_fold": all(queries.may_fold(request.user, one) and one.voided_at is None for one in (left, right)),
    }
    return TemplateResponse(request, "services/fold/compare.html", context)


@requires(*queries.FOLDING)
@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    activity = _load(request, pk)
    try:
        actions.unfold(activity=activity, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Taken apart: both entries count again."))
    return redirect(activity)


def _keep_apart(request: HttpRequest, left: Activity, right: Activity) -> HttpResponse:
    try:
        actions.keep_apart(first=left, second=right, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Noted: these are two entries. They will not be shown together again."))
    return redirect("services:fold_list")


def _load(request: HttpRequest, pk: int) -> Activity:
    rows = Activity.objects.visible_to(request.user).with_row().select_related("campaign", "matter", "folded_into")
    return get_object_or_404(rows, pk=pk)
