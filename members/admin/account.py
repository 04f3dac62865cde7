"""Accounts on the desk: opening, first-password links, roles, disabling. No page here asks for or shows a password."""

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminDateWidget
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext_lazy as _

from config.errors import Refused
from members import queries
from members.actions import account as action
from members.actions import factor as factor_action
from members.admin.base import ScopedAdmin, proving
from members.admin.bulk import Bulk
from members.admin.site import desk
from members.models import FactorReset, Organisation, RoleAssignment, User
from members.models.organisation import under_paths
from members.permissions import Permission, Role


def administered(user: User) -> models.QuerySet:
    """Return the existing organisations whose accounts `user` administers."""
    rows = Organisation.objects.visible_to(user).current()
    return rows.filter(under_paths("path", user.paths(Permission.MANAGE_ACCOUNTS))).order_by("path")


def set_active(name: str, label: str, is_active: bool) -> Bulk:
    words = {True: _("may sign in"), False: _("may not sign in")}
    return Bulk(
        name=name,
        label=label,
        before=lambda row: str(words[row.is_active]),
        after=lambda row, nothing: str(words[is_active]),
        apply=lambda row, nothing, by: action.set_active(user=row, is_active=is_active, by=by),
    )


class GrantForm(forms.Form):
    """A role over a subtree, with an end."""

    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    organisation = forms.ModelChoiceField(Organisation.objects.none(), label=_("Over"))
    ends_on = forms.DateField(label=_("Until"), required=False, widget=AdminDateWidget)

    def __init__(self, *args: object, scope: models.QuerySet, **kwargs: object) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        self.fields["organisation"].queryset = scope

    def clean_ends_on(self) -> object:
        ends_on = self.cleaned_data["ends_on"]
        if ends_on and ends_on < timezone.localdate():
            raise forms.ValidationError(_("The last day lies in the past. Choose today or later."))
        return ends_on


class RoleInline(admin.TabularInline):
    """The roles of one account, to be read; they are granted and revoked by buttons."""

    model = RoleAssignment
    fk_name = "user"
    fields = readonly_fields = ["role", "organisation", "starts_on", "ends_on", "granted_by", "revoked_at"]
    extra = 0
    can_delete = False
    ordering = ["-pk"]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).select_related("organisation", "granted_by")

    def has_view_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return request.user.has_permission(Permission.MANAGE_ACCOUNTS)

    def has_add_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    has_change_permission = has_add_permission


@admin.register(User, site=desk)
@proving("grant_view", "revoke_view", "active_view", "first_password_view", "factor_reset_view")
class UserAdmin(ScopedAdmin):
    permission = Permission.MANAGE_ACCOUNTS
    list_display = ["username", "name", "organisation", "is_active", "last_login", "role_words"]
    list_filter = ["is_active", "role_assignments__role"]
    list_select_related = ["organisation"]
    search_fields = ["username", "name", "organisation__name"]
    search_help_text = _("User name, name or organisation")
    ordering = ["username"]
    fields = ["username", "name", "email", "organisation", "is_active", "last_login", "created_at"]
    readonly_fields = ["is_active", "last_login", "created_at"]
    inlines = [RoleInline]
    change_form_template = "admin/members/user/change_form.html"
    bulk = (
        set_active("disable", _("Disable…"), is_active=False),
        set_active("enable", _("Enable…"), is_active=True),
    )

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        in_force = RoleAssignment.objects.in_force(timezone.localdate()).order_by("pk")
        return (
            super()
            .get_queryset(request)
            .prefetch_related(models.Prefetch("role_assignments", in_force, to_attr="roles_today"))
        )

    def get_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        return self.fields if obj else self.fields[:4]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        return [*self.readonly_fields, "username"] if obj else []

    def get_inlines(self, request: HttpRequest, obj: User | None) -> list:
        return self.inlines if obj else []

    def choices_for(self, db_field: models.ForeignKey, request: HttpRequest) -> models.QuerySet:
        return administered(request.user)

    def store(self, by: User, obj: User, values: dict, change: bool) -> User:
        if change:
            return action.change(user=User.objects.get(pk=obj.pk), by=by, **values)
        return action.open_account(by=by, **values)

    @admin.display(description=_("roles"))
    def role_words(self, row: User) -> str:
        return " · ".join(dict.fromkeys(role.get_role_display() for role in row.roles_today))

    def response_add(self, request: HttpRequest, obj: User, post_url_continue: str | None = None) -> HttpResponse:
        messages.success(
            request, _("The account is open. Next: give it a role, then issue the link for its first password.")
        )
        return redirect("admin:members_user_change", obj.pk)

    def render_change_form(self, request: HttpRequest, context: dict, *args: object, **kwargs: object) -> HttpResponse:
        obj = kwargs.get("obj")
        if obj is not None:
            mine = RoleAssignment.objects.visible_to(request.user).select_related("organisation")
            held = mine.filter(user=obj, revoked_at=None).order_by("pk")
            context |= {"held": held, "is_self": obj.pk == request.user.pk, "factor": queries.factor_of(obj)}
            context["reset"] = FactorReset.objects.waiting().filter(user=obj).select_related("asked_by").first()
        return super().render_change_form(request, context, *args, **kwargs)

    def get_urls(self) -> list:
        views = {
            "grant": self.grant_view,
            "first-password": self.first_password_view,
            "active": self.active_view,
            "factor-reset": self.factor_reset_view,
        }
        own = [
            path(f"<int:pk>/{name}/", self.admin_site.admin_view(view), name=f"members_user_{name.replace('-', '_')}")
            for name, view in views.items()
        ]
        revoke = path(
            "<int:pk>/roles/<int:role_pk>/revoke/",
            self.admin_site.admin_view(self.revoke_view),
            name="members_user_revoke",
        )
        return [*own, revoke, *super().get_urls()]

    def _account(self, request: HttpRequest, pk: int) -> User:
        if not self.has_change_permission(request):
            raise PermissionDenied
        return get_object_or_404(self.get_queryset(request), pk=pk)

    def grant_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        user = self._account(request, pk)
        form = GrantForm(request.POST or None, scope=administered(request.user))
        if request.method == "POST" and form.is_valid():
            try:
                action.grant(user=user, by=request.user, **form.cleaned_data)
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, _("The role is given. It holds from the next sign-in."))
                return redirect("admin:members_user_change", pk)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Give %(name)s a role") % {"name": user},
            "opts": self.opts,
            "account": user,
            "form": form,
            "media": self.media + form.media,
        }
        return TemplateResponse(request, "admin/members/user/grant.html", context)

    def revoke_view(self, request: HttpRequest, pk: int, role_pk: int) -> HttpResponse:
        user = self._account(request, pk)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        assignment = get_object_or_404(RoleAssignment.objects.visible_to(request.user), pk=role_pk, user=user)
        if _done(request, lambda: action.revoke(assignment=assignment, by=request.user)):
            messages.success(request, _("The role is revoked. Running sessions of the account have ended."))
        return redirect("admin:members_user_change", pk)

    def active_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        user = self._account(request, pk)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        is_active = request.POST.get("is_active") == "1"
        if _done(request, lambda: action.set_active(user=user, is_active=is_active, by=request.user)):
            messages.success(
                request, _("The account may sign in again.") if is_active else _("The account is disabled.")
            )
        return redirect("admin:members_user_change", pk)

    def factor_reset_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask for a lost second factor to be taken off, or approve what another administrator asked."""
        user = self._account(request, pk)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        reset = FactorReset.objects.waiting().filter(user=user).first()
        if reset is None:
            if _done(request, lambda: factor_action.ask_reset(user=user, by=request.user)):
                messages.success(request, _("Asked. Another security administrator has 72 hours to approve it here."))
        elif _done(request, lambda: factor_action.approve_reset(reset=reset, by=request.user)):
            messages.success(request, _("The second factor is taken off. The next sign-in takes the password alone."))
        return redirect("admin:members_user_change", pk)

    def first_password_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the link once, in the answer itself: it is stored nowhere."""
        user = self._account(request, pk)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        tokens = []
        if not _done(request, lambda: tokens.append(action.issue_first_password(user=user, by=request.user))):
            return redirect("admin:members_user_change", pk)
        uid = urlsafe_base64_encode(force_bytes(user.pk))
        link = reverse("members:account_first_password", args=[uid, tokens[0]])
        context = {
            **self.admin_site.each_context(request),
            "title": _("Link for the first password of %(name)s") % {"name": user},
            "opts": self.opts,
            "account": user,
            "link": request.build_absolute_uri(link),
        }
        return TemplateResponse(request, "admin/members/user/first_password.html", context)


def _done(request: HttpRequest, act: object) -> bool:
    """Run an action; show its refusal as a message."""
    try:
        act()
    except Refused as refusal:
        messages.error(request, str(refusal))
        return False
    return True
