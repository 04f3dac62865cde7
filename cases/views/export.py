"""Cases as files: a list as a workbook, a case or several as Word, all of a case as a zip."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.http import content_disposition_header, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cases import queries, queries_recommend, queues
from cases.exports import dossier as dossiers
from cases.exports import listing, pieces
from cases.exports import plain as plain_files
from cases.exports import wechat as wechat_files
from cases.exports import word as word_files
from cases.forms.export import CollectionForm
from cases.forms.review import QueueFilterForm
from cases.models import Case, CasePhoto
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
@require_safe
def plain(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the current text of a case as plain text, for an e-paper's own layout program."""
    case = get_object_or_404(Case.objects.visible_to(request.user).with_row(), pk=pk)
    return sent(plain_files.text(pieces.piece(case)), "text/plain; charset=utf-8", f"{case.number} {case.title}.txt")


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
    data = listing.workbook(chosen, about, queries_recommend.with_recommended(rows))
    audit.record(actor=request.user, event="case.export", key=f"queue:{chosen.name}", count=count)
    return sent(data, sheets.CONTENT_TYPE, f"{chosen.label} {timezone.localdate():%Y-%m-%d}.xlsx")


@signed_in
@require_safe
def word(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the current text of a case, which its reader has on the page anyway, as an official document."""
    case = get_object_or_404(Case.objects.visible_to(request.user).with_row(), pk=pk)
    return sent(word_files.one(pieces.piece(case)), word_files.CONTENT_TYPE, f"{case.number} {case.title}.docx")


@requires(Permission.READ_DESK)
@require_http_methods(["GET", "HEAD", "POST"])
def collection(request: HttpRequest) -> HttpResponse:
    """Choose published cases, and get them bound into one document."""
    filters = QueueFilterForm(request.GET)
    rows = filters.narrow(queues.rows(queues.BY_NAME["published"], request.user)).with_row()
    form = CollectionForm(request.POST or None, rows=rows.order_by("field__position", "year", "sequence"))
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data["cases"]
        data = word_files.collection(form.cleaned_data["title"], [pieces.piece(case) for case in chosen])
        audit.record(actor=request.user, event="case.export", key="collection", count=len(chosen))
        return sent(data, word_files.CONTENT_TYPE, f"{form.cleaned_data['title']}.docx")
    context = {"form": form, "filters": filters}
    status = 422 if form.is_bound else 200
    return TemplateResponse(request, "cases/export/collection.html", context, status=status)


@requires(Permission.READ_DESK)
@require_safe
def wechat(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a case as an article for a 公众号, to be copied from the page or taken along with its photos."""
    case = get_object_or_404(Case.objects.visible_to(request.user).with_row(), pk=pk)
    photos = [wechat_files.place_of(number, photo.caption) for number, photo in enumerate(case.photos.in_order(), 1)]
    return TemplateResponse(request, "cases/export/wechat.html", {"case": case, "photos": photos})


@requires(Permission.READ_DESK)
@require_POST
def wechat_zip(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the article and its photos as one zip, and leave an audit row."""
    case = get_object_or_404(Case.objects.visible_to(request.user).with_row(), pk=pk)
    made = pieces.piece(case, CasePhoto.Size.LARGE)
    audit.record(actor=request.user, event="case.export", target=case, key="wechat", count=len(made.pictures))
    name = _("WeChat article")
    return sent(wechat_files.archive(made), "application/zip", f"{case.number} {name}.zip")


@requires(Permission.READ_DESK)
@fresh_proof
@require_POST
def dossier(request: HttpRequest, pk: int) -> HttpResponse:
    """Send all that is kept of a case as one zip, and leave an audit row."""
    case = get_object_or_404(Case.objects.visible_to(request.user).with_row(), pk=pk)
    if not queries.reads_desk(case, request.user):
        raise Http404
    data, count = dossiers.archive(case, request.user)
    audit.record(actor=request.user, event="case.export", target=case, key="dossier", count=count)
    name = _("Whole dossier")
    return sent(data, "application/zip", f"{case.number} {name}.zip")


def sent(data: bytes, content_type: str, name: str) -> HttpResponse:
    """Return a download that can do nothing in a browser."""
    response = HttpResponse(data, content_type=content_type)
    response["Content-Disposition"] = content_disposition_header(True, safe_name(name))
    response["Content-Security-Policy"] = POLICY
    return response
