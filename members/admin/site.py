"""The data desk: Django's admin behind the one sign-in of the site."""

from collections.abc import Callable
from functools import update_wrapper

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from members.permissions import Permission

# What Django's pages say to readers of the screen alone, and its own Chinese catalogue lacks.
UNTRANSLATED = (gettext_noop("Model name"), gettext_noop("Add link"), gettext_noop("Change or view list link"))
# Django's own door, password pages, deletion and the redirects by content type: the site has its own, or none.
DROPPED = {"login", "logout", "password_change", "password_change_done", "view_on_site"}


class DataDesk(admin.AdminSite):
    """The admin without a door of its own: sessions come from the site's sign-in alone (`security.md` row 1)."""

    site_header = _("Data desk")
    site_title = _("Dazhong Party-Building Case Library")
    index_title = _("Data desk")
    site_url = "/desk/"
    empty_value_display = "—"
    final_catch_all_view = False
    enable_nav_sidebar = False  # lists need the width; the way back stands above every page

    def has_permission(self, request: HttpRequest) -> bool:
        """Let in whoever may use the desk somewhere; over which rows is each table's own question."""
        return request.user.is_authenticated and request.user.has_permission(Permission.USE_ADMIN)

    def admin_view(self, view: Callable, cacheable: bool = False) -> Callable:
        """Answer 403 to accounts without the permission; Django would show them a second password form."""
        inner = super().admin_view(view, cacheable)

        def checked(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            if not self.has_permission(request):
                raise PermissionDenied
            return inner(request, *args, **kwargs)

        return update_wrapper(checked, inner)

    def get_urls(self) -> list:
        """Declare the access of every address, as the views of the site do, and drop what we do not offer."""
        kept = [pattern for pattern in super().get_urls() if getattr(pattern, "name", "") not in DROPPED]
        _declare(kept)
        return kept


def _declare(patterns: list) -> None:
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            pattern.callback.access = frozenset({Permission.USE_ADMIN})
            pattern.callback.__dict__.pop("login_url", None)
        else:
            _declare(pattern.url_patterns)


desk = DataDesk(name="admin")
