"""Imports into the ledger on the desk: here they are undone."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from members.actions import batch
from members.admin.base import ScopedAdmin
from members.admin.bulk import Bulk
from members.admin.site import desk
from members.models.batch import BatchState
from members.permissions import Permission
from services.actions.batch import SUBJECTS
from services.models import LedgerImport

UNDO = Bulk(
    name="undo",
    label=_("Undo the import…"),
    before=lambda row: str(row.state_tag.label),
    after=lambda row, nothing: str(BatchState.UNDONE.label),
    apply=lambda row, nothing, by: batch.undo(batch=row, by=by, subject=SUBJECTS[row.subject]),
    warning=_("Everything the import entered is taken back and no longer counts. It can be imported again."),
)


@admin.register(LedgerImport, site=desk)
class LedgerImportAdmin(ScopedAdmin):
    """Uploaded and followed on their own pages."""

    permission = Permission.IMPORT_LEDGER
    scope_path = "organisation_path"
    is_addable = False
    is_changeable = False
    list_display = ["filename", "what", "organisation", "state", "created_count", "bad_count", "uploaded_at"]
    list_filter = ["state", "subject"]
    list_select_related = ["organisation"]
    search_fields = ["filename"]
    ordering = ["-uploaded_at", "-pk"]
    fields = readonly_fields = [
        "filename",
        "what",
        "sheet",
        "organisation",
        "state",
        "total_rows",
        "created_count",
        "known_count",
        "bad_count",
        "uploaded_at",
        "uploaded_by",
        "closed_at",
    ]
    bulk = (UNDO,)

    @admin.display(description=_("What the rows are"), ordering="subject")
    def what(self, row: LedgerImport) -> str:
        return row.subject_name
