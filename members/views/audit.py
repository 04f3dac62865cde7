"""The audit log, for auditors."""

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from members import queries
from members.access import requires
from members.forms.audit import AuditFilterForm
from members.models import AuditEvent
from members.permissions import Permission


@requires(Permission.READ_AUDIT)
@require_safe
def log(request: HttpRequest) -> HttpResponse:
    """Newest first; pages go by number, so the millionth costs what the first does."""
    form = AuditFilterForm(request.GET or None)
    events = AuditEvent.objects.visible_to(request.user)
    if form.is_bound:
        events = queries.narrowed_audit(events, form.cleaned_data) if form.is_valid() else events.none()
    page = queries.audit_page(events, request.GET.get("before", ""))
    return TemplateResponse(request, "members/audit/log.html", {"form": form, "page": page})
