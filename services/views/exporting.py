"""Sending a filtered list as a workbook: what the exports of lists share."""

from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from config.forms import Form
from members import audit
from services.indicators import columns, sheets

EXPORTED = 100_000


def send(request: HttpRequest, form: Form, rows: QuerySet, table: columns.Table, title: str, list_: str, *args: int):
    """Send the rows as an .xlsx with the filters on its second sheet, and leave an audit row.

    `list_` (with `args`) is the URL name of the list, to go back to where the rows are too many.
    """
    count = rows.count()
    if count > EXPORTED:
        messages.error(request, _("These are %(count)s rows. Narrow the list to 100,000 first.") % {"count": count})
        return back(request, form, list_, *args)
    about = [(str(form[name].label), value) for name, value in asked(request, form).items()]
    lines = (table.cells(row) for row in rows.iterator(chunk_size=2000))
    data = sheets.workbook(title, [(_("Rows"), str(count)), *about], table.heads, lines)
    audit.record(actor=request.user, event="ledger.export", key=list_.partition(":")[2], count=count)
    name = f"{title} {timezone.localdate():%Y-%m-%d}.xlsx"
    headers = {"Content-Disposition": content_disposition_header(True, name)}
    return HttpResponse(data, content_type=sheets.CONTENT_TYPE, headers=headers)


def refuse(request: HttpRequest, form: Form, list_: str, *args: int) -> HttpResponse:
    """Go back to a list whose filters cannot be read."""
    messages.error(request, _("The list cannot be exported with these filters. Correct them first."))
    return back(request, form, list_, *args)


def back(request: HttpRequest, form: Form, list_: str, *args: int) -> HttpResponse:
    """Go back to the list with its filters."""
    return redirect(f"{reverse(list_, args=args)}?{urlencode(asked(request, form))}")


def asked(request: HttpRequest, form: Form) -> dict[str, str]:
    """Return the filters an address or a post carries, empty ones left out."""
    data = request.POST if request.method == "POST" else request.GET
    return {name: data[name] for name in form.fields if data.get(name)}
