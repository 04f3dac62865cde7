"""What every table of the data desk shares: scope, no deletion, writing by actions, history from the audit log."""

from collections.abc import Callable

from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _

from config.errors import Refused
from config.forms import guard_texts
from config.paging import paginate
from members.access import fresh_proof
from members.admin.bulk import Bulk
from members.admin.chooser import Chooser
from members.models import AuditEvent, User
from members.models.organisation import under_paths
from members.permissions import Permission


def proving(*names: str) -> Callable:
    """Ask for a fresh proof before anything is posted to these views, the form and the list of a table."""

    def decorate(table: type) -> type:
        for name in ("changelist_view", "changeform_view", *names):
            table = method_decorator(fresh_proof, name=name)(table)
        return table

    return decorate


def refused(form: type[ModelForm], refusal: Refused) -> type[ModelForm]:
    """Return the form as one that fails with the sentence of a refusal."""

    class Refusing(form):
        def clean(self) -> dict:
            super().clean()
            raise ValidationError(str(refusal), code=refusal.code)

    return Refusing


class ScopedAdmin(admin.ModelAdmin):
    """A table of the desk.

    `permission` opens it; `scope_path` names the organisation path by which it is limited, beside `visible_to`.
    Nothing is deleted here: what ends is closed, retired or revoked. `store` writes through an action.
    """

    permission: Permission
    scope_path = ""
    is_addable = True
    is_changeable = True
    bulk: tuple[Bulk, ...] = ()
    list_per_page = 50
    list_max_show_all = 200
    show_full_result_count = False
    view_on_site = False
    save_as_continue = False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        rows = self.model._default_manager.visible_to(request.user)
        if self.scope_path:
            rows = rows.filter(under_paths(self.scope_path, request.user.paths(self.permission)))
        ordering = self.get_ordering(request)
        return rows.order_by(*ordering) if ordering else rows

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.has_permission(self.permission)

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return request.user.has_permission(self.permission)

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self.is_addable and request.user.has_permission(self.permission)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self.is_changeable and request.user.has_permission(self.permission)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Take only what the filters of the list ask for.

        Django lets any column of the table itself be asked for in the address: a password's hash, or a number's
        digest, could be read letter by letter with `?password__startswith=`.
        """
        filters = [entry[0] if isinstance(entry, tuple) else entry for entry in self.list_filter]
        named = [getattr(entry, "parameter_name", entry) for entry in filters]
        offered = {name for name in (*named, self.date_hierarchy, "pk", "id") if name}
        is_offered = any(lookup == name or lookup.startswith(f"{name}__") for name in offered)
        return is_offered and super().lookup_allowed(lookup, value, request)

    def get_urls(self) -> list:
        """Leave out deletion, and the nameless redirect of an old address."""
        return [url for url in super().get_urls() if url.name and not url.name.endswith("_delete")]

    def get_actions(self, request: HttpRequest) -> dict:
        return {bulk.name: (bulk.as_action(), bulk.name, bulk.label) for bulk in self.bulk}

    def formfield_for_foreignkey(self, db_field: models.ForeignKey, request: HttpRequest, **kwargs: object) -> object:
        """Offer only rows the account reaches on this desk."""
        kwargs["queryset"] = self.choices_for(db_field, request)
        if db_field.name in self.autocomplete_fields:
            kwargs["widget"] = Chooser(db_field, using=kwargs.get("using"))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_form(self, request: HttpRequest, obj: models.Model | None = None, change: bool = False, **kwargs: object):
        """Give Django's form, its text fields guarded as those of the pages are."""
        form = super().get_form(request, obj, change, **kwargs)
        guard_texts(form.base_fields)
        refusal = getattr(request, "refusal", None)
        return refused(form, refusal) if refusal else form

    def formfield_for_dbfield(self, db_field: models.Field, request: HttpRequest, **kwargs: object) -> object:
        """Leave out the pencils and crosses beside a choice: the other table is one click away in the menu."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        for name in ("can_add_related", "can_change_related", "can_delete_related", "can_view_related"):
            if field is not None and hasattr(field.widget, name):
                setattr(field.widget, name, False)
        return field

    def choices_for(self, db_field: models.ForeignKey, request: HttpRequest) -> models.QuerySet:
        """Return the rows a foreign key may be set to: those of the related table of the desk."""
        other = self.admin_site._registry[db_field.related_model]
        return other.get_queryset(request)

    def save_model(self, request: HttpRequest, obj: models.Model, form: object, change: bool) -> None:
        obj.pk = self.store(request.user, obj, form.cleaned_data, change).pk

    def store(self, by: User, obj: models.Model, values: dict, change: bool) -> models.Model:
        """Write by an action and return the row. Raises: Refused, whose sentence is shown."""
        raise NotImplementedError

    def save_related(self, request: HttpRequest, form: object, formsets: list, change: bool) -> None:
        """Nothing: actions write everything."""

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """Show the form again, everything typed still in it, when the action refuses."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except Refused as refusal:
            request.refusal = refusal
            return super().changeform_view(request, object_id, form_url, extra_context)

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: object, object_id: str) -> HttpResponse:
        raise Http404

    # The audit row of the action says it all; Django's log would keep names of people.
    def construct_change_message(self, request: HttpRequest, form: object, formsets: list, add: bool = False) -> list:
        return []

    def log_addition(self, request: HttpRequest, obj: models.Model, message: object) -> None:
        return None

    def log_change(self, request: HttpRequest, obj: models.Model, message: object) -> None:
        return None

    def log_deletions(self, request: HttpRequest, queryset: models.QuerySet) -> None:
        return None

    def history_view(self, request: HttpRequest, object_id: str, extra_context: dict | None = None) -> HttpResponse:
        """Show the audit rows of one row: what was done, when, by which account."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        obj = self.get_object(request, object_id)
        if obj is None:
            raise Http404
        events = AuditEvent.objects.filter(object_type=self.opts.label_lower, object_id=obj.pk).order_by("-number")
        page = paginate(request, events)
        names = {user.pk: str(user) for user in User.objects.filter(pk__in={event.actor_id for event in page})}
        context = {
            **self.admin_site.each_context(request),
            "title": _("What was done with %(name)s") % {"name": obj},
            "opts": self.opts,
            "object": obj,
            "page": page,
            "rows": [(event, names.get(event.actor_id, "")) for event in page],
        }
        return TemplateResponse(request, "admin/history.html", context)
