"""Pages for requests that fail before, beside or after a view."""

import sys

from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.shortcuts import render
from django.template import loader

SILENT = {405, 413, 429}


def csrf(request, reason=""):
    """CSRF_FAILURE_VIEW: the token is missing or old."""
    return render(request, "403_csrf.html", status=403)


def bad_request(request, exception):
    """handler400; what Django calls a bad request because of its size is named as that."""
    if isinstance(exception, RequestDataTooBig | TooManyFilesSent):
        return render(request, "413.html", status=413)
    return render(request, "400.html", status=400)


def friendly(get_response):
    """Middleware: a refusal without a word (such as `require_POST` gives) becomes a page with a sentence."""

    def respond(request):
        response = get_response(request)
        if response.status_code not in SILENT or response.streaming or response.content:
            return response
        page = render(request, f"{response.status_code}.html", status=response.status_code)
        if "Allow" in response.headers:
            page.headers["Allow"] = response.headers["Allow"]
        return page

    return respond


def server_error(request):
    """handler500; a database that does not answer is said to be that: nothing here asks it for anything."""
    error = sys.exc_info()[1]
    if isinstance(error, OperationalError | InterfaceError):
        return _plain("503.html", 503, {"Retry-After": "5"})
    return _plain("500.html", 500, {})


def _plain(template, status, headers):
    return HttpResponse(loader.get_template(template).render({}), status=status, headers=headers)
