"""More time for the holder of a case's own link."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from cases import queries_returns
from cases.actions import returns_time
from cases.forms.returns import TimeForm
from cases.models import SecretLink
from cases.views.holder import held
from config.errors import Refused
from members.access import public


@public
@require_http_methods(["GET", "HEAD", "POST"])
@held
def ask(request: HttpRequest, token: str, link: SecretLink) -> HttpResponse:
    asked = queries_returns.standing(link.case) if link.case is not None else None
    if asked is None:
        return redirect("cases:holder_page", token=token)
    form = TimeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            returns_time.ask(case=link.case, by=None, **form.cleaned_data)
        except Refused as refusal:
            form.add_error("note", str(refusal))
        else:
            return redirect(f"{reverse('cases:holder_page', args=[token])}?sent=time")
    context = {"case": link.case, "token": token, "form": form, "asked": asked}
    return TemplateResponse(request, "cases/holder/more_time.html", context, status=422 if form.errors else 200)
