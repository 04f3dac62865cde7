"""Pages for requests that fail before or beside a view."""

from django.shortcuts import render


def csrf(request, reason=""):
    """CSRF_FAILURE_VIEW: the token is missing or old."""
    return render(request, "403_csrf.html", status=403)
