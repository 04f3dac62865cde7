"""Trainings: who completed them, never how long; certificates for those who did."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.errors import Refused
from config.paging import paginate
from members.access import fresh_proof, requires
from members.permissions import Permission
from services.actions import training as actions
from services.actions.activity import OUTSIDE
from services.forms.training import CertifyForm, TrainingFilterForm
from services.indicators.registry import Scope
from services.models import Activity, Group
from services.queries import entry as entries
from services.queries import training as queries
from services.queries.scope import own_body
from services.views import exporting


@requires(Permission.READ_LEDGER)
@require_safe
def list_(request: HttpRequest) -> HttpResponse:
    own = own_body(request.user)
    usual = {"organisation": own.code if own else "", "period": str(timezone.localdate().year)}
    form = TrainingFilterForm(usual | request.GET.dict(), user=request.user)
    context = {"form": form}
    if form.is_valid() and form.cleaned_data["organisation"]:
        scope, period, kind = (
            Scope(form.cleaned_data["organisation"]),
            form.cleaned_data["period"],
            form.cleaned_data["kind"],
        )
        context |= {
            "scope": scope,
            "period": period,
            "kind": kind,
            "page": paginate(request, queries.listed(scope, period, kind)),
            "filters": exporting.asked(request, form),
            "may_log": request.user.has_permission(Permission.LOG_ACTIVITY),
            "may_export": request.user.has_permission(Permission.EXPORT_LEDGER, scope.organisation),
        }
    return TemplateResponse(request, "services/training/list.html", context, status=200 if form.is_valid() else 422)


@requires(Permission.EXPORT_LEDGER)
@fresh_proof
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """Send exactly what the list shows with these filters."""
    form = TrainingFilterForm(request.POST, user=request.user)
    if not form.is_valid() or form.cleaned_data["organisation"] is None:
        return exporting.refuse(request, form, "services:training_list")
    rows = queries.listed(
        Scope(form.cleaned_data["organisation"]), form.cleaned_data["period"], form.cleaned_data["kind"]
    ).within(request.user, Permission.EXPORT_LEDGER)
    return exporting.send(request, form, rows, queries.table(), pgettext("page", "Trainings"), "services:training_list")


@requires(Permission.LOG_ACTIVITY)
@require_http_methods(["GET", "HEAD", "POST"])
def certify(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a certificate to those who completed one training, all of them unless some are left out."""
    activity = get_object_or_404(Activity.objects.visible_to(request.user).with_row(), pk=pk)
    if not entries.may_change(request.user, activity) or activity.kind.group != Group.TRAINING:
        messages.error(request, str(OUTSIDE) if activity.kind.group == Group.TRAINING else _("This is no training."))
        return redirect(activity)
    people = queries.without_certificate(activity)
    form = CertifyForm(request.POST or None, user=request.user, activity=activity, people=people)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.certify(activity=activity, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            said = ngettext("%(count)d certificate entered.", "%(count)d certificates entered.", len(made))
            messages.success(request, said % {"count": len(made)})
            return redirect(activity)
    context = {"form": form, "activity": activity, "people": people}
    status = 422 if request.method == "POST" else 200
    return TemplateResponse(request, "services/training/certify.html", context, status=status)
