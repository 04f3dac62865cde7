"""What the frame of every page may show of the account that reads it."""

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from members.models import Notice


def notices(request: HttpRequest) -> dict:
    """`unread_notices`, the number of unread notices; counted only where a page shows it."""
    return {"unread_notices": SimpleLazyObject(lambda: Notice.objects.visible_to(request.user).unread().count())}
