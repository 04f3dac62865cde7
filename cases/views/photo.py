"""Photos of a case: the page that manages them, and the files themselves."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from cases import queries
from cases.actions import photo as photo_actions
from cases.forms.photo import NewPhotosForm, PhotoForm
from cases.models import Case, CasePhoto
from cases.queries_photo import noted
from cases.views.queue import on_trail
from config.errors import Refused
from config.uploads import gate, storage
from config.uploads.handlers import LARGEST_BYTES, TOGETHER_BYTES, kept_in_memory, oversized
from config.uploads.names import shown_name
from members.access import public, requires, signed_in
from members.models import User
from members.permissions import Permission


@requires(Permission.EDIT_CASE, Permission.SUBMIT_CASE)
@kept_in_memory
@require_http_methods(["GET", "HEAD", "POST"])
def manage(request: HttpRequest, pk: int) -> HttpResponse:
    case = get_object_or_404(Case.objects.visible_to(request.user).with_row(), pk=pk)
    is_editor = request.user.has_permission(Permission.EDIT_CASE, case.organisation)
    if not is_editor and not queries.is_author(case, request.user):
        raise PermissionDenied
    if not queries.may_edit(case, request.user):
        messages.warning(request, _("Photos cannot be changed while the case is: %s.") % case.get_state_display())
        return redirect(on_trail(request, case.get_absolute_url()))
    address = on_trail(request, reverse("cases:photo_manage", args=[case.pk]))
    here = Page("cases/photo/manage.html", address, request.user)
    return answer(request, case, here)


@dataclass(frozen=True)
class Page:
    """One of the two pages that manage photos: the desk's, and the link holder's (`by` None)."""

    template: str
    address: str
    by: User | None
    token: str = ""


def answer(request, case, here):
    if request.method == "POST":
        return _changed(request, case, here)
    return _page(request, case, here, _forms(case), NewPhotosForm(prefix="new"))


def _changed(request, case, here):
    """Save every caption first, so that no button loses what was typed; then do what the button says."""
    forms = _forms(case, request.POST)
    new = NewPhotosForm(request.POST, request.FILES, prefix="new")
    if not all([form.is_valid() for _photo, form in forms] + [new.is_valid()]):
        return _page(request, case, here, forms, new, status=422)
    try:
        saved = [photo_actions.change(photo=photo, by=here.by, **form.cleaned_data) for photo, form in forms]
        what = request.POST.get("do", "save")
        if what == "add":
            return _add(request, case, here, new)
        _do(case, what, here.by)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return _page(request, case, here, forms, new, status=409)
    if what.startswith("remove-"):
        messages.success(request, _("The photo is removed."))
    elif what == "save":
        messages.success(request, _("Captions saved.") if any(saved) else _("Nothing had changed."))
    return redirect(here.address)


def _do(case, what, user):
    """Carry out one of save, up-7, down-7, remove-7."""
    verb, _dash, number = what.partition("-")
    if verb == "save":
        return
    if verb not in {"up", "down", "remove"} or not number.isdecimal():
        raise BadRequest
    photo = get_object_or_404(case.photos, pk=int(number[:18]))
    if verb == "remove":
        photo_actions.remove(photo=photo, by=user)
    else:
        photo_actions.move(photo=photo, earlier=verb == "up", by=user)


def _add(request, case, here, new):
    """Add each chosen file; what is refused is named with the reason, the others stay added."""
    words = {"caption": new.cleaned_data["caption"], "credit": new.cleaned_data["credit"]}
    refusals, added = [], 0
    for upload in new.cleaned_data["files"]:
        try:
            data = gate.read("photo", upload)
            photo_actions.add(case=case, data=data, filename=upload.name, by=here.by, **words)
            added += 1
        except Refused as refusal:
            refusals.append(_("“%(name)s”: %(why)s") % {"name": shown_name(upload.name), "why": refusal})
    if new.add_prefix("files") in oversized(request):
        sizes = {"one": LARGEST_BYTES // gate.MEGABYTE, "all": TOGETHER_BYTES // gate.MEGABYTE}
        told = _(
            "A file of more than %(one)s MB, or what was beyond %(all)s MB in one go, was left out. Make it "
            "smaller, or choose it again by itself."
        )
        refusals.append(told % sizes)
    if not added and not refusals:
        refusals.append(_("No photo was chosen. Choose one or several files first."))
    if added:
        text = ngettext("%s photo added.", "%s photos added.", added) % added
        messages.success(request, text)
    if not refusals:
        return redirect(here.address)
    for refusal in refusals:
        new.add_error("files", refusal)
    return _page(request, case, here, _forms(case), new, status=422)


def _forms(case, data=None):
    photos = case.photos.in_order()
    return [
        (
            photo,
            PhotoForm(data, prefix=f"photo-{photo.pk}", initial={"caption": photo.caption, "credit": photo.credit}),
        )
        for photo in photos
    ]


def _page(request, case, here, forms, new, status=200):
    found = noted(case, [photo for photo, _form in forms], here.by)
    rows = [(photo, form, found[photo.pk]) for photo, form in forms]
    context = {"case": case, "forms": rows, "bound": [form for _photo, form in forms], "new": new, "token": here.token}
    return TemplateResponse(request, here.template, context, status=status)


@signed_in
@require_safe
def file(request: HttpRequest, pk: int, photo: int, size: str) -> HttpResponse:
    found = get_object_or_404(CasePhoto.objects.visible_to(request.user), case=pk, pk=photo)
    return served(request, found, size, name=f"{pk}-{photo}")


@public
@require_safe
def public_file(request: HttpRequest, slug: str, pk: int, size: str) -> HttpResponse:
    found = get_object_or_404(CasePhoto.objects.public(), case__library_entry__slug=slug, pk=pk)
    return served(request, found, size, name=f"{slug}-{pk}", is_public=True)


def served(request, photo, size, name, *, is_public=False):
    if size not in CasePhoto.Size.values:
        raise Http404
    try:
        return storage.served(
            request,
            shelf=storage.PICTURES,
            sha256=photo.digests[size],
            content_type="image/jpeg",
            filename=f"{name}-{size}.jpg",
            inline=True,
            public=is_public,
        )
    except FileNotFoundError as error:
        raise Http404 from error
