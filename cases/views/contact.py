"""The contributor's contact, shown once to who edits the case and says why."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from cases.actions import contact as contact_actions
from cases.forms.contact import RevealContactForm
from cases.models import Case
from config.errors import Refused
from members.access import fresh_proof, requires
from members.permissions import Permission


@requires(Permission.EDIT_CASE)
@fresh_proof
@never_cache
@require_POST
def reveal(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer with the contact itself: no cache keeps the page and no address leads back to it."""
    case = get_object_or_404(Case.objects.visible_to(request.user).with_row(), pk=pk)
    if not request.user.has_permission(Permission.EDIT_CASE, case.organisation):
        raise PermissionDenied
    form = RevealContactForm(request.POST)
    if not form.is_valid():
        return TemplateResponse(request, "cases/contact/ask.html", {"case": case, "form": form}, status=422)
    try:
        value = contact_actions.reveal(case=case, by=request.user, **form.cleaned_data)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(case)
    left = contact_actions.DAILY_LIMIT - contact_actions.shown_today(request.user)
    return TemplateResponse(request, "cases/contact/reveal.html", {"case": case, "value": value, "left": left})
