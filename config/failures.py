"""Pages for requests that fail before, beside or after a view."""

from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.shortcuts import render

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
