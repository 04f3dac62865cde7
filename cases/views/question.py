"""A question to the unit about one figure, and the page on which it is answered."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cases.actions import question as questions
from cases.evidence import verdicts
from cases.forms.question import AnswerForm, AskForm, DeskAnswerForm
from cases.models import Case, FigureQuestion, Message, SecretLink
from cases.views.holder import held
from config.errors import Refused
from members.access import public, requires
from members.permissions import Permission


@requires(Permission.EDIT_CASE)
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask about the figure that `place` in the address names."""
    case = get_object_or_404(Case.objects.visible_to(request.user).with_row(), pk=pk)
    if not request.user.has_permission(Permission.EDIT_CASE, case.organisation):
        raise PermissionDenied
    place = request.POST.get("context") or request.GET.get("place", "")
    line = verdicts.line_at(case, case.current_revision, place)
    figures_url = reverse("cases:evidence_page", args=[case.pk])
    if line is None and request.method != "POST":
        return redirect(figures_url)
    form = AskForm(request.POST or None, initial={"context": place, "text": _proposed(line) if line else ""})
    if request.method == "POST" and form.is_valid():
        try:
            asked = questions.ask(case=case, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            _tell_asked(request, asked)
            return redirect(figures_url)
    context = {"case": case, "form": form, "line": line}
    return TemplateResponse(request, "cases/question/ask.html", context, status=422 if form.is_bound else 200)


@requires(Permission.SUBMIT_CASE, Permission.EDIT_CASE)
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer for the unit, or record at the desk what it wrote."""
    rows = FigureQuestion.objects.visible_to(request.user).select_related("case__organisation", "asked_by")
    question = get_object_or_404(rows, pk=pk)
    case = question.case
    if not questions.may_answer(case, request.user):
        raise PermissionDenied
    is_desk = request.user.has_permission(Permission.EDIT_CASE, case.organisation)
    if is_desk:
        letters = Message.objects.visible_to(request.user).filter(case=case).order_by("-pk")
        form = DeskAnswerForm(request.POST or None, letters=letters, initial={"message": request.GET.get("letter")})
    else:
        form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            questions.answer(question=question, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The answer stands beside the figure now."))
            return redirect(question if is_desk else case)
    context = {"question": question, "case": case, "form": form, "is_desk": is_desk}
    return TemplateResponse(request, "cases/question/answer.html", context, status=422 if form.is_bound else 200)


@public
@require_POST
@held
def holder_answer(request: HttpRequest, token: str, link: SecretLink, pk: int) -> HttpResponse:
    """Take the answer of the holder of the case's own link."""
    if link.case is None:
        raise Http404
    question = get_object_or_404(link.case.figure_questions.waiting(), pk=pk)
    form = AnswerForm(request.POST, prefix=f"q{pk}")
    if form.is_valid():
        try:
            questions.answer(question=question, by=None, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect(f"{reverse('cases:holder_page', args=[token])}?sent=answer")
    context = {"question": question, "case": link.case, "form": form, "token": token}
    return TemplateResponse(request, "cases/question/holder.html", context, status=422)


def _proposed(line: verdicts.Line) -> str:
    """Write a first question out of the figure's words and what the ledger says."""
    sentence = f"{line.before}{line.figure.mention}{line.after}"
    words = _("The text says “…%(sentence)s…”. Is %(figure)s right?") % {
        "sentence": sentence,
        "figure": line.figure.mention,
    }
    ask = _("Please confirm it, give the right figure, or say what it counts and from when to when.")
    return f"{words}{ask}"


def _tell_asked(request: HttpRequest, asked: FigureQuestion) -> None:
    if asked.letter is not None:
        url = asked.letter.get_absolute_url()
        said = _("The letter with the question waits in the outbox. Read it and send it.")
        messages.success(request, format_html('<a href="{}">{}</a>', url, said))
    else:
        messages.success(request, _("The account that sent the case in is told; it answers on the case's page."))
