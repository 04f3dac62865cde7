"""The signature sheet of a case (审稿单): three stages, each with opinion, name, time, and room for ink."""

from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from cases.exports.moments import moment
from cases.models import Case, Signature
from cases.models.review import Stage
from config import official_layout as layout
from config.text import unseen


@dataclass(frozen=True)
class SheetRow:
    """One stage: its standing signature with the opinion, None where nobody signed; how many were voided."""

    stage: Stage
    signature: Signature | None
    voided: int
    is_current: bool

    @property
    def opinion(self) -> str:
        """What the signer wrote; that they wrote none where they did not; "" without a signature."""
        if self.signature is None:
            return ""
        return self.signature.decision.note.strip() or _("Passed, without words.")


def rows(case: Case) -> list[SheetRow]:
    """Return the three stages in order; one query."""
    signatures = list(case.signatures.select_related("signed_by", "signer", "decision__revision").order_by("pk"))
    found = []
    for stage in Stage:
        own = [each for each in signatures if each.stage == stage]
        standing = next((each for each in own if each.voided_at is None), None)
        is_current = standing is not None and standing.decision.revision.digest == case.current_revision.digest
        found.append(SheetRow(stage, standing, sum(each.voided_at is not None for each in own), is_current))
    return found


def facts(case: Case) -> list[tuple[str, str]]:
    """Return what stands at the head of the sheet."""
    said = [
        (_("Number"), case.number),
        (_("Title"), case.current_revision.title),
        (_("Submitted by"), str(case.organisation)),
        (_("Contributor"), case.contributor_name or "—"),
        (_("Received on"), _day(case.received_at) if case.received_at else "—"),
        (_("Present text"), _("revision %(number)s") % {"number": case.current_revision.number}),
        (_("State"), str(case.status.label)),
    ]
    return [(label, unseen.without_controls(value)) for label, value in said]


def word(case: Case) -> bytes:
    """Return the sheet as a .docx in the layout of official documents."""
    made = layout.document()
    layout.title(made, _("Signature sheet"))
    layout.table(made, [_("Item"), _("Content")], facts(case))
    layout.paragraph(made, "", indent=False)
    body = []
    for row in rows(case):
        signed = row.signature
        who = f"{signed.who}\n{moment(signed.signed_at)}\n{_revision(signed)}" if signed else _("not signed")
        body.append((row.stage.label, unseen.without_controls(row.opinion), who, "\n\n\n"))
    layout.table(made, [_("Stage"), _("Opinion"), _("Signed by"), _("Signature in ink")], body)
    return layout.as_bytes(made)


def _revision(signature: Signature) -> str:
    return _("on revision %(number)s") % {"number": signature.decision.revision.number}


def _day(at: object) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d}"
