"""Files of the ledger: the page that adds them to a row and takes them away, and the files themselves."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.errors import Refused
from config.uploads import gate, storage
from config.uploads.handlers import kept_in_memory, oversized
from members.access import requires
from members.permissions import Permission
from services.actions import attachment as actions
from services.forms.attachment import AttachmentForm
from services.indicators import columns
from services.models import Attachment
from services.models.ledger import Ledger
from services.queries import attachment as queries


@requires(*queries.ADDING)
@kept_in_memory
@require_http_methods(["GET", "HEAD", "POST"])
def of(request: HttpRequest, owner: str, pk: int) -> HttpResponse:
    """Show what lies with a row, and take one more file; a refused one costs nothing else that was typed."""
    if owner not in queries.KEEPERS:
        raise Http404
    model, _permission = queries.KEEPERS[owner]
    found = get_object_or_404(model.objects.visible_to(request.user).select_related("organisation"), pk=pk)
    if not queries.may_add(request.user, found):
        raise PermissionDenied
    form = AttachmentForm(request.POST or None, request.FILES or None, oversized=oversized(request))
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            data = gate.read("attachment", file)
            actions.add(owner=found, data=data, filename=file.name, by=request.user, **form.entry)
        except Refused as refusal:
            form.add_error("file", str(refusal))
        else:
            messages.success(request, _("The file is kept here now."))
            return redirect(queries.address(found))
    context = {
        "owner": found,
        "words": queries.owner_words(found),
        "files": found.attachments.standing().select_related("added_by").order_by("-pk"),
        "back": columns.address(found),
        "form": form,
    }
    status = 422 if request.method == "POST" else 200
    return TemplateResponse(request, "services/attachment/of.html", context, status=status)


@requires(*queries.ADDING)
@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Attachment.objects.visible_to(request.user), pk=pk)
    try:
        actions.remove(attachment=found, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Taken away: nobody sees it any more."))
    owner = queries.owner_of(found)
    return redirect(queries.address(owner) if isinstance(owner, Ledger) else "services:paper_list")


@requires(Permission.READ_LEDGER)
@require_safe
def photo(request: HttpRequest, pk: int, size: str) -> HttpResponse:
    found = get_object_or_404(Attachment.objects.visible_to(request.user).standing().exclude(small_sha256=""), pk=pk)
    if size not in found.digests:
        raise Http404
    try:
        return storage.served(
            request,
            shelf=storage.PICTURES,
            sha256=found.digests[size],
            content_type="image/jpeg",
            filename=f"{pk}-{size}.jpg",
            inline=True,
        )
    except FileNotFoundError as error:
        raise Http404 from error


@requires(Permission.READ_LEDGER)
@require_safe
def file(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand a document out as it came: to be saved, never opened as a page of ours."""
    found = get_object_or_404(Attachment.objects.visible_to(request.user).standing().filter(small_sha256=""), pk=pk)
    try:
        return storage.served(
            request,
            shelf=storage.ORIGINALS,
            sha256=found.sha256,
            content_type=gate.content_type_of(found.filename),
            filename=found.filename,
        )
    except FileNotFoundError as error:
        raise Http404 from error
