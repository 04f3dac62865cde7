"""Sending a report: what was reported is remembered, so that a later difference explains itself."""

from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from config.errors import Refused
from members import audit
from members.models import User
from members.permissions import Permission
from services.models import Snapshot, SnapshotValue
from services.reports.outline import Report
from services.reports.writing import title_of


@transaction.atomic
def send(*, report: Report, sent_to: str, by: User) -> Snapshot:
    """Remember the numbers of a report as they stand, with the version of each definition.

    Raises: Refused outside the scope. Side effects in order: snapshot, its values, audit row.
    """
    organisation = report.scope.organisation
    if not by.has_permission(Permission.SEND_REPORT, organisation):
        raise Refused(_("This lies outside the organisations you report for."), code="outside_scope")
    made = Snapshot.objects.create(
        organisation=organisation,
        organisation_path=organisation.path,
        title=title_of(report)[:120],
        period=report.period.text,
        scope="organisation",
        sent_to=sent_to,
        taken_by=by,
    )
    SnapshotValue.objects.bulk_create(
        SnapshotValue(
            snapshot=made,
            key=line.reading.indicator.key,
            filters=line.reading.filters,
            value=None if line.reading.value is None else Decimal(line.reading.value),
            rows=line.reading.rows,
            version=line.reading.indicator.version,
        )
        for line in report.lines
    )
    audit.record(actor=by, event="report.send", target=made, period=report.period.text, count=len(report.lines))
    return made
