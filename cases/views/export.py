"""Cases as files: a list as a workbook, a case as Word."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.http import content_disposition_header, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cases.exports import listing, pieces
from cases.exports import word as word_files
from cases.models import Case
from cases.queues import Queue
from cases.views.queue import kept, listed, named
from config.uploads.names import safe_name
from members import audit
from members.access import fresh_proof, requires, signed_in
from members.permissions import Permission
from services.indicators import sheets

LARGEST = 100_000  # rows of a workbook
POLICY = "default-src 'none'; sandbox"


@requires(Permission.READ_DESK)
@fresh_proof
@require_POST
def queue(request: HttpRequest, name: str) -> HttpResponse:
    return _list(request, named(name, is_author_side=False))


@requires(Permission.SUBMIT_CASE)
@fresh_proof
@require_POST
def ours(request: HttpRequest, name: str) -> HttpResponse:
    return _list(request, named(name, is_author_side=True))


def _list(request: HttpRequest, chosen: Queue) -> HttpResponse:
    """Send exactly the rows the list shows with the filters and the order of the address, and leave an audit row."""
    filters, _sorting, rows = listed(request, chosen)
    count = rows.count()
    if count > LARGEST:
        messages.error(request, _("These are %(count)s rows. Narrow the list to 100,000 first.") % {"count": count})
        return redirect(f"{chosen.get_absolute_url()}?{urlencode(kept(request))}")
    about = [(_("Rows"), str(count))]
    about += [(str(filters.fields[key].label), str(value)) for key, value in filters.cleaned_data.items() if value]
    data = listing.workbook(chosen, about, rows)
    audit.record(actor=request.user, event="case.export", key=f"queue:{chosen.name}", count=count)
    return sent(data, sheets.CONTENT_TYPE, f"{chosen.label} {timezone.localdate():%Y-%m-%d}.xlsx")


@signed_in
@require_safe
def word(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the current text of a case, which its reader has on the page anyway, as an official document."""
    case = get_object_or_404(Case.objects.visible_to(request.user).with_row(), pk=pk)
    return sent(word_files.one(pieces.piece(case)), word_files.CONTENT_TYPE, f"{case.number} {case.title}.docx")


def sent(data: bytes, content_type: str, name: str) -> HttpResponse:
    """Return a download that can do nothing in a browser."""
    response = HttpResponse(data, content_type=content_type)
    response["Content-Disposition"] = content_disposition_header(True, safe_name(name))
    response["Content-Security-Policy"] = POLICY
    return response
