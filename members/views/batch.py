"""Imports: upload, see what was understood, correct it, confirm, watch, take bad rows back, undo, destroy the file."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.errors import Refused
from config.paging import paginate
from config.uploads import gate
from config.uploads.handlers import kept_in_memory, oversized
from members import tasks
from members.access import fresh_proof, requires
from members.actions import batch as batches
from members.forms.batch import MEANINGS, ColumnsForm, UploadForm
from members.imports import reasons, workbook
from members.models import ImportBatch
from members.models.batch import BatchState
from members.permissions import Permission

REFRESH_SECONDS = 3
XLSX = gate.KINDS["xlsx"].content_type


@requires(Permission.EDIT_PEOPLE)
@require_safe
def list_(request: HttpRequest) -> HttpResponse:
    rows = ImportBatch.objects.visible_to(request.user).select_related("organisation", "uploaded_by")
    return TemplateResponse(request, "members/batch/list.html", {"page": paginate(request, rows.order_by("-pk"))})


@requires(Permission.EDIT_PEOPLE)
@kept_in_memory
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    posted = (request.POST, request.FILES) if request.method == "POST" else ()
    form = UploadForm(*posted, user=request.user, oversized=oversized(request))
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            batch = batches.receive(
                filename=file.name,
                data=gate.read("roster", file),
                organisation=form.cleaned_data["organisation"],
                by=request.user,
            )
        except Refused as refusal:
            form.add_error("file", str(refusal))
        else:
            return redirect(batch)
    return TemplateResponse(request, "members/batch/upload.html", {"form": form})


@requires(Permission.EDIT_PEOPLE)
@never_cache
@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one import; while it runs the browser is asked to look again every few seconds."""
    batch = _load(request, pk)
    response = _page(request, batch, ColumnsForm(table=batch))
    if batch.state == BatchState.RUNNING:
        response["Refresh"] = str(REFRESH_SECONDS)
    return response


@requires(Permission.EDIT_PEOPLE)
@require_POST
def columns(request: HttpRequest, pk: int) -> HttpResponse:
    batch = _load(request, pk)
    form = ColumnsForm(request.POST, table=batch)
    if not form.is_valid():
        return _page(request, batch, form)
    try:
        batches.map_columns(batch=batch, fields=form.meanings, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect(batch)


@requires(Permission.EDIT_PEOPLE)
@require_POST
def start(request: HttpRequest, pk: int) -> HttpResponse:
    batch = _load(request, pk)
    try:
        batches.start(batch=batch, by=request.user, enqueue=tasks.run_import.enqueue)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect(batch)


@requires(Permission.EDIT_PEOPLE)
@fresh_proof
@never_cache
@require_POST
def bad_rows(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the rows that were not taken back as a workbook; posted, since it is put on record."""
    batch = _load(request, pk)
    try:
        rows = batches.bad_rows(batch=batch, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(batch)
    return handed_back(batch, [(row, reasons.sentences(faults)) for row, faults in rows])


def handed_back(batch: ImportBatch, told: list) -> HttpResponse:
    """Return rows with the reasons they were not taken, as a workbook to correct; of any app's imports."""
    response = HttpResponse(workbook.build(batch.headers, told, _("Why it was not taken")), content_type=XLSX)
    name = f"{batch.filename.rpartition('.')[0]}-{_('to correct')}.xlsx"
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response


@requires(Permission.EDIT_PEOPLE)
@require_POST
def close(request: HttpRequest, pk: int) -> HttpResponse:
    batch = _load(request, pk)
    try:
        batches.close(batch=batch, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The file and all rows read from it are destroyed."))
    return redirect(batch)


@requires(Permission.EDIT_PEOPLE)
@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    batch = _load(request, pk)
    try:
        counts = batches.undo(batch=batch, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        removed = ngettext("%(count)d person was removed.", "%(count)d people were removed.", counts["removed"])
        messages.success(request, removed % {"count": counts["removed"]})
        if counts["kept"]:
            kept = ngettext(
                "%(count)d person stays, since other records point there by now.",
                "%(count)d people stay, since other records point there by now.",
                counts["kept"],
            )
            messages.info(request, kept % {"count": counts["kept"]})
    return redirect(batch)


def _load(request: HttpRequest, pk: int) -> ImportBatch:
    rows = ImportBatch.objects.visible_to(request.user).select_related("organisation", "uploaded_by")
    return get_object_or_404(rows, pk=pk)


def _page(request: HttpRequest, batch: ImportBatch, form: ColumnsForm) -> HttpResponse:
    meanings = dict(MEANINGS)
    context = {
        "batch": batch,
        "form": form,
        "columns": [(header, meanings[name]) for header, name in zip(batch.headers, batch.fields, strict=True) if name],
        "faults": [(reasons.sentence(field, fault), count) for field, fault, count in batch.faults],
        "first_bad": [(number, reasons.sentences(faults)) for number, faults in batch.first_bad],
        "good_count": batch.total_rows - batch.bad_count,
        "is_ready": batch.state == BatchState.READY,
        "may_undo": batch.state in (BatchState.DONE, BatchState.STOPPED),
        "may_close": batch.state != BatchState.RUNNING and batch.closed_at is None,
    }
    return TemplateResponse(request, "members/batch/detail.html", context)
