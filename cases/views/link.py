"""Links for people without an account: given out once, listed, revoked."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cases.actions import link as link_actions
from cases.forms.link import GiveForm
from cases.models import SecretLink
from config.paging import paginate
from members.access import requires
from members.permissions import Permission


@requires(Permission.MANAGE_LINKS)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    rows = SecretLink.objects.visible_to(request.user).filter(case=None)
    rows = rows.select_related("organisation", "created_by").order_by("-created_at", "-pk")
    return TemplateResponse(request, "cases/link/index.html", {"page": paginate(request, rows)})


@requires(Permission.MANAGE_LINKS)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def give(request: HttpRequest) -> HttpResponse:
    """Answer the post with the page itself, not a redirect: the address exists nowhere else and is shown once."""
    form = GiveForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        given, token = link_actions.give(**form.cleaned_data, by=request.user)
        address = request.build_absolute_uri(reverse("cases:holder_page", args=[token]))
        return TemplateResponse(request, "cases/link/given.html", {"link": given, "address": address})
    return TemplateResponse(request, "cases/link/give.html", {"form": form})


@requires(Permission.MANAGE_LINKS)
@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    rows = SecretLink.objects.visible_to(request.user).filter(case=None)  # a case's own page is its holder's to keep
    found = get_object_or_404(rows, pk=pk)
    link_actions.revoke(link=found, by=request.user)
    messages.success(request, _("The link is closed. Whoever opens it now is told so."))
    return redirect("cases:link_index")
