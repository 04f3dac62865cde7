"""Vehicles of the register: a list, and taking a keeper or driver off one."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from config.errors import Refused
from config.paging import paginate
from members.access import requires
from members.actions import register
from members.forms.register import VehicleFilterForm, VehicleForm
from members.models import Vehicle
from members.permissions import Permission


@requires(Permission.READ_PEOPLE)
@require_safe
def list_(request: HttpRequest) -> HttpResponse:
    form = VehicleFilterForm(request.GET or None)
    rows = Vehicle.objects.visible_to(request.user).select_related("organisation", "keeper", "driver")
    if form.is_bound and form.is_valid():
        rows = rows.matching(**form.cleaned_data)
    context = {
        "form": form,
        "page": paginate(request, rows.order_by("plate")),
        "may_edit": request.user.has_permission(Permission.EDIT_PEOPLE),
    }
    return TemplateResponse(request, "members/vehicle/list.html", context)


@requires(Permission.EDIT_PEOPLE)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    rows = Vehicle.objects.visible_to(request.user).select_related("organisation", "keeper", "driver")
    vehicle = get_object_or_404(rows, pk=pk)
    form = VehicleForm(request.POST or None, vehicle=vehicle)
    if request.method == "POST" and form.is_valid():
        try:
            register.change_vehicle(
                vehicle=vehicle,
                kind=form.cleaned_data["kind"],
                drop_keeper=form.cleaned_data.get("drop_keeper", False),
                drop_driver=form.cleaned_data.get("drop_driver", False),
                by=request.user,
            )
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("The vehicle is changed."))
        return redirect("members:vehicle_list")
    return TemplateResponse(request, "members/vehicle/edit.html", {"form": form, "vehicle": vehicle})
