"""Enterprises of the register: organisations of that kind, with a checked credit code."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from config.errors import Refused
from config.paging import paginate
from members import queries
from members.access import requires
from members.actions import enterprise
from members.forms.register import EnterpriseForm, NameFilterForm
from members.permissions import Permission


@requires(Permission.READ_PEOPLE)
@require_safe
def list_(request: HttpRequest) -> HttpResponse:
    form = NameFilterForm(request.GET or None)
    rows = queries.enterprises(request.user)
    if form.is_bound and form.is_valid() and form.cleaned_data["name"]:
        rows = rows.filter(name__icontains=form.cleaned_data["name"])
    context = {
        "form": form,
        "page": paginate(request, rows.order_by("name", "pk")),
        "may_edit": request.user.has_permission(Permission.EDIT_PEOPLE),
    }
    return TemplateResponse(request, "members/enterprise/list.html", context)


@requires(Permission.EDIT_PEOPLE)
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    form = EnterpriseForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            enterprise.found(by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The enterprise is in the register."))
            return redirect("members:enterprise_list")
    return TemplateResponse(request, "members/enterprise/form.html", {"form": form, "enterprise": None})


@requires(Permission.EDIT_PEOPLE)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(queries.enterprises(request.user), pk=pk)
    form = EnterpriseForm(request.POST or None, instance=found, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            enterprise.change(enterprise=found, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The enterprise is changed."))
            return redirect("members:enterprise_list")
    return TemplateResponse(request, "members/enterprise/form.html", {"form": form, "enterprise": found})
