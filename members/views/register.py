"""The register: people, one at a time or in a list, masked everywhere but on the page of one reveal."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.errors import Refused
from config.paging import Column, Sorting, paginate
from members import identity_faults, queries
from members.access import fresh_proof, requires
from members.actions import register
from members.actions import reveal as revealing
from members.forms.register import FindForm, PeopleFilterForm, PersonForm, PersonVehicleForm, PostForm, RevealForm
from members.models import Lead, Person, Vehicle
from members.models.register import LINKS
from members.permissions import Permission

COLUMNS = [
    Column("name", gettext_lazy("Name"), ("name",)),
    Column("identity", gettext_lazy("Identity number")),
    Column("phone", gettext_lazy("Mobile number")),
    Column("organisation", gettext_lazy("Organisation"), ("organisation__name", "name")),
    Column("branch", gettext_lazy("Party branch"), ("party_branch__name", "name")),
    Column("employer", gettext_lazy("Employer"), ("employer__name", "name")),
]


@requires(Permission.READ_PEOPLE)
@require_safe
def people(request: HttpRequest) -> HttpResponse:
    return _people_page(request, FindForm())


@requires(Permission.READ_PEOPLE)
@require_POST
def find(request: HttpRequest) -> HttpResponse:
    """Answer one box: a number opens its person, anything else narrows the list by name. No number gets into an URL."""
    form = FindForm(request.POST)
    if not form.is_valid():
        return _people_page(request, form)
    text = form.cleaned_data["text"]
    found = queries.people_by_number(Person.objects.visible_to(request.user), text)
    if not found.is_number:
        return redirect(f"{reverse('members:register_people')}?{urlencode({'name': text})}")
    if len(found.people) == 1:
        return redirect(found.people[0])
    if found.fault:
        messages.error(request, identity_faults.sentence(found.field, found.fault))
    elif not found.people:
        messages.info(request, _("Nobody in your organisations is registered with this number or plate."))
    return _people_page(request, FindForm(), found.people)


@requires(Permission.READ_PEOPLE)
@require_safe
def person(request: HttpRequest, pk: int) -> HttpResponse:
    if kept := Person.objects.visible_to(request.user).absorbing(pk):
        return redirect(kept)
    return _person_page(request, _load(request, pk))


@requires(Permission.EDIT_PEOPLE)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    form = PersonForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            entered = register.create(by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The person is in the register."))
            return redirect(entered)
    return TemplateResponse(request, "members/register/form.html", {"form": form, "person": None})


@requires(Permission.EDIT_PEOPLE)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    found = _load(request, pk)
    form = PersonForm(request.POST or None, instance=found, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            register.change(person=found, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The entry is changed."))
            return redirect(found)
    return TemplateResponse(request, "members/register/form.html", {"form": form, "person": found})


@requires(Permission.EDIT_PEOPLE)
@fresh_proof
@never_cache
@require_POST
def reveal(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one number once: the answer is the page itself, which no cache keeps and no address leads back to."""
    found = _load(request, pk)
    form = RevealForm(request.POST)
    if not form.is_valid():
        return _person_page(request, found, reveal=form)
    try:
        value = revealing.reveal(person=found, by=request.user, **form.cleaned_data)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(found)
    left = revealing.DAILY_LIMIT - revealing.shown_today(request.user)
    label = dict(form.fields["place"].choices)[form.cleaned_data["place"]]
    context = {"person": found, "value": value, "label": label, "left": left}
    context |= {
        "is_phone": form.cleaned_data["place"] == "phone",
        "lead": Lead.objects.visible_to(request.user).filter(person=found).first(),
    }
    return TemplateResponse(request, "members/register/reveal.html", context)


@requires(Permission.EDIT_PEOPLE)
@require_POST
def add_post(request: HttpRequest, pk: int) -> HttpResponse:
    found = _load(request, pk)
    form = PostForm(request.POST, user=request.user)
    if not form.is_valid():
        return _person_page(request, found, post=form)
    try:
        register.add_post(person=found, by=request.user, **form.cleaned_data)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect(found)


@requires(Permission.EDIT_PEOPLE)
@require_POST
def end_post(request: HttpRequest, pk: int, post: int) -> HttpResponse:
    found = _load(request, pk)
    try:
        register.end_post(post=get_object_or_404(found.posts, pk=post), on=timezone.localdate(), by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect(found)


@requires(Permission.EDIT_PEOPLE)
@require_POST
def add_vehicle(request: HttpRequest, pk: int) -> HttpResponse:
    found = _load(request, pk)
    form = PersonVehicleForm(request.POST)
    if not form.is_valid():
        return _person_page(request, found, vehicle=form)
    wanted = form.cleaned_data
    try:
        register.add_vehicle(
            person=found,
            plate=wanted["plate"],
            kind=wanted["kind"],
            is_keeper="keeper" in wanted["roles"],
            is_driver="driver" in wanted["roles"],
            by=request.user,
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect(found)


def _load(request: HttpRequest, pk: int) -> Person:
    return get_object_or_404(Person.objects.visible_to(request.user).with_links(), pk=pk)


def _people_page(request: HttpRequest, find: FindForm, found: list | None = None) -> HttpResponse:
    form = PeopleFilterForm(request.GET or None, user=request.user)
    rows = Person.objects.visible_to(request.user).with_links()
    rows = queries.narrowed_people(rows, form.cleaned_data) if form.is_bound and form.is_valid() else rows
    if found:
        rows = rows.filter(pk__in=[row.pk for row in found])
    sorting = Sorting(request, COLUMNS, default="name")
    context = {
        "form": form,
        "find": find,
        "sorting": sorting,
        "page": paginate(request, rows.order_by(*sorting.order_by)),
        "is_found": bool(found),
        "may_edit": request.user.has_permission(Permission.EDIT_PEOPLE),
    }
    return TemplateResponse(request, "members/register/people.html", context)


def _person_page(request: HttpRequest, found: Person, **bound: object) -> HttpResponse:
    """The register page; `bound` holds a form that came back with errors."""
    may_edit = request.user.has_permission(Permission.EDIT_PEOPLE, found.organisation)
    forms = {"reveal": RevealForm(), "post": PostForm(user=request.user), "vehicle": PersonVehicleForm(), **bound}
    context = {
        "person": found,
        "links": [(Person._meta.get_field(name).verbose_name, getattr(found, name)) for name in LINKS],
        "posts": found.posts.select_related("organisation").order_by("-from_on", "-pk"),
        "vehicles": Vehicle.objects.visible_to(request.user).of([found]).order_by("plate"),
        "developments": found.developments.order_by("-opened_at", "-pk"),
        "history": queries.history(found),
        "forms": forms if may_edit else {},
        "reveals_left": revealing.DAILY_LIMIT - revealing.shown_today(request.user) if may_edit else 0,
    }
    return TemplateResponse(request, "members/register/person.html", context)
