"""A county's own templates: kept after a check, put in use after a look, and back again."""

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.errors import Refused, WrongState
from config.uploads import gate, storage
from members import audit, quota
from members.models import Organisation, User
from members.permissions import Permission
from services.models import ReportTemplate
from services.reports import template as templates

OUTSIDE = _("This lies outside the organisations you report for.")


@transaction.atomic
def add(*, organisation: Organisation, span: str, data: bytes, filename: str, by: User) -> ReportTemplate:
    """Keep a template as the next version of its organisation, report and kind of file; nothing uses it yet.

    Raises: Refused outside the scope, without room, and with the place for what a template may not say; FileRefused.
    Side effects in order: lock; file on disk; row; audit row.
    """
    if not by.has_permission(Permission.SEND_REPORT, organisation):
        raise Refused(OUTSIDE, code="outside_scope")
    admitted = gate.admit("template", filename, data)
    templates.check(data, admitted.kind)
    quota.check(organisation, len(data))
    Organisation.objects.select_for_update().get(pk=organisation.pk)
    known = ReportTemplate.objects.filter(organisation=organisation, span=span, sort=admitted.kind)
    storage.hold(admitted.sha256)
    made = ReportTemplate.objects.create(
        organisation=organisation,
        organisation_path=organisation.path,
        span=span,
        sort=admitted.kind,
        version=(known.aggregate(last=Max("version"))["last"] or 0) + 1,
        filename=admitted.safe_name,
        sha256=storage.keep(data),
        size_bytes=len(data),
        added_by=by,
    )
    audit.record(actor=by, event="template.add", target=made, version=made.version)
    return made


@transaction.atomic
def use(*, template: ReportTemplate, by: User) -> None:
    """Make reports with a version from now on; the one before stays and can be put back the same way.

    Raises: Refused outside the scope; WrongState when it is in use already.
    Side effects in order: lock; end of the one before; row; audit row.
    """
    template = _locked(template, by)
    if template.is_in_use:
        raise WrongState(_("This version is in use already."))
    before = ReportTemplate.objects.in_use().filter(
        organisation=template.organisation, span=template.span, sort=template.sort
    )
    before.update(ended_at=timezone.now(), ended_by=by)
    template.used_at, template.used_by, template.ended_at, template.ended_by = timezone.now(), by, None, None
    template.save(update_fields=["used_at", "used_by", "ended_at", "ended_by"])
    audit.record(actor=by, event="template.use", target=template, version=template.version)


@transaction.atomic
def stop(*, template: ReportTemplate, by: User) -> None:
    """Go back to the layout of official documents.

    Raises: Refused outside the scope; WrongState when it is not in use. Side effects in order: lock; row; audit row.
    """
    template = _locked(template, by)
    if not template.is_in_use:
        raise WrongState(_("This version is not in use."))
    template.ended_at, template.ended_by = timezone.now(), by
    template.save(update_fields=["ended_at", "ended_by"])
    audit.record(actor=by, event="template.stop", target=template, version=template.version)


def _locked(template: ReportTemplate, by: User) -> ReportTemplate:
    Organisation.objects.select_for_update().get(pk=template.organisation_id)  # versions of one body wait in line
    template = ReportTemplate.objects.select_related("organisation").get(pk=template.pk)
    if not by.has_permission(Permission.SEND_REPORT, template.organisation):
        raise Refused(OUTSIDE, code="outside_scope")
    return template
