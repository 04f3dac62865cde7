"""What every view says of itself: `@public`, `@signed_in`, or `@requires(Permission.X)`.

A view without one of them fails the access test. Over which rows a view works is `visible_to(user)`.
"""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from members.permissions import Permission

View = Callable[..., HttpResponse]


def public(view: View) -> View:
    """Open a view to everybody, signed in or not."""
    view.access = "public"
    return login_not_required(view)


def signed_in(view: View) -> View:
    """Open a view to every account: it shows only what belongs to the account itself."""
    view.access = "signed_in"
    return view


def requires(*permissions: Permission) -> Callable[[View], View]:
    """Open a view to accounts holding any of the permissions, somewhere; others get 403."""

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            if not any(request.user.has_permission(permission) for permission in permissions):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        checked.access = frozenset(permissions)
        return checked

    return decorate
