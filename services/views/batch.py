"""Imports into the ledger: template, upload, what was understood, confirm, watch, take bad rows back, undo."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
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
from members.access import fresh_proof, requires
from members.actions import batch as batches
from members.models.batch import BatchState
from members.permissions import Permission
from members.views.batch import handed_back
from services import tasks
from services.actions.batch import SUBJECTS, entered_by
from services.forms.batch import ColumnsForm, UploadForm
from services.imports import reasons
from services.imports import template as templates
from services.models import Domain, ImportSubject, LedgerImport
from services.queries import named

REFRESH_SECONDS = 3
XLSX = gate.KINDS["xlsx"].content_type
ENTERED_SHOWN = 20


@requires(Permission.IMPORT_LEDGER)
@require_safe
def list_(request: HttpRequest) -> HttpResponse:
    rows = LedgerImport.objects.visible_to(request.user).select_related("organisation", "uploaded_by")
    context = {"page": paginate(request, rows.order_by("-pk")), "subjects": ImportSubject.choices}
    return TemplateResponse(request, "services/batch/list.html", context)


@requires(Permission.IMPORT_LEDGER)
@require_safe
def template(request: HttpRequest, subject: str) -> HttpResponse:
    """Give the empty workbook of a subject, with the names of the account's own scope to choose from."""
    if subject not in ImportSubject.values:
        raise Http404
    label = str(ImportSubject(subject).label)
    choices = named.choices(request.user, Domain(subject))
    response = HttpResponse(templates.build(subject, label, choices, _("Needed")), content_type=XLSX)
    name = _("Template %(subject)s") % {"subject": label}
    response["Content-Disposition"] = content_disposition_header(True, f"{name}.xlsx")
    return response


@requires(Permission.IMPORT_LEDGER)
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
                subject=SUBJECTS[form.cleaned_data["subject"]],
            )
        except Refused as refusal:
            form.add_error("file", str(refusal))
        else:
            return redirect("services:batch_detail", batch.pk)
    context = {"form": form, "subjects": ImportSubject.choices}
    return TemplateResponse(request, "services/batch/upload.html", context)


@requires(Permission.IMPORT_LEDGER)
@never_cache
@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one import; while it runs the browser is asked to look again every few seconds."""
    batch = _load(request, pk)
    response = _page(request, batch, ColumnsForm(batch=batch, user=request.user))
    if batch.state == BatchState.RUNNING:
        response["Refresh"] = str(REFRESH_SECONDS)
    return response


@requires(Permission.IMPORT_LEDGER)
@require_POST
def columns(request: HttpRequest, pk: int) -> HttpResponse:
    batch = _load(request, pk)
    form = ColumnsForm(request.POST, batch=batch, user=request.user)
    if not form.is_valid():
        return _page(request, batch, form)
    try:
        batches.map_columns(
            batch=batch,
            fields=form.meanings,
            constants=form.constants,
            by=request.user,
            subject=SUBJECTS[batch.subject],
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, batch, form)
    return redirect(batch)


@requires(Permission.IMPORT_LEDGER)
@require_POST
def start(request: HttpRequest, pk: int) -> HttpResponse:
    batch = _load(request, pk)
    subject = batch.subject
    try:
        batches.start(
            batch=batch,
            by=request.user,
            enqueue=lambda number: tasks.run_import.enqueue(number, subject),
            subject=SUBJECTS[subject],
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect(batch)


@requires(Permission.IMPORT_LEDGER)
@fresh_proof
@never_cache
@require_POST
def bad_rows(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the rows that were not taken back as a workbook; posted, since it is put on record."""
    batch = _load(request, pk)
    try:
        rows = batches.bad_rows(batch=batch, by=request.user, subject=SUBJECTS[batch.subject])
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(batch)
    return handed_back(batch, [(row, reasons.sentences(batch.subject, faults)) for row, faults in rows])


@requires(Permission.IMPORT_LEDGER)
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


@requires(Permission.IMPORT_LEDGER)
@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    batch = _load(request, pk)
    try:
        counts = batches.undo(batch=batch, by=request.user, subject=SUBJECTS[batch.subject])
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        removed = ngettext("%(count)d entry was taken back.", "%(count)d entries were taken back.", counts["removed"])
        messages.success(request, removed % {"count": counts["removed"]})
        if counts["kept"]:
            kept = ngettext(
                "%(count)d entry stays as it is: it was taken back before, or others stand on it.",
                "%(count)d entries stay as they are: they were taken back before, or others stand on them.",
                counts["kept"],
            )
            messages.info(request, kept % {"count": counts["kept"]})
    return redirect(batch)


def _load(request: HttpRequest, pk: int) -> LedgerImport:
    rows = LedgerImport.objects.visible_to(request.user).select_related("organisation", "uploaded_by")
    return get_object_or_404(rows, pk=pk)


def _page(request: HttpRequest, batch: LedgerImport, form: ColumnsForm) -> HttpResponse:
    context = {
        "batch": batch,
        "form": form,
        "faults": [(reasons.sentence(batch.subject, *fault), count) for *fault, count in batch.faults],
        "first_bad": [(number, reasons.sentences(batch.subject, faults)) for number, faults in batch.first_bad],
        "good_count": batch.total_rows - batch.bad_count,
        "is_ready": batch.state == BatchState.READY,
        "may_undo": batch.state in (BatchState.DONE, BatchState.STOPPED),
        "may_close": batch.state != BatchState.RUNNING and batch.closed_at is None,
        "entered": _first_entered(batch),
    }
    return TemplateResponse(request, "services/batch/detail.html", context)


def _first_entered(batch: LedgerImport) -> list:
    if not batch.created_count:
        return []
    return list(entered_by(batch).order_by("pk")[:ENTERED_SHOWN])
