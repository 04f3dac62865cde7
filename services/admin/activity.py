"""Activities on the desk: words found and replaced in their lines, at most 200 at once, with a preview."""

from dataclasses import dataclass

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from members.admin.base import ScopedAdmin
from members.admin.bulk import Bulk
from members.admin.site import desk
from members.permissions import Permission
from services.actions import wording
from services.models import Activity


@dataclass(frozen=True)
class Replacement:
    """Which words give way to which."""

    find: str
    put: str


class TwoTexts(forms.MultiWidget):
    """What is sought beside what is written instead."""

    def __init__(self) -> None:
        words = {"find": _("Find"), "put": _("Replace with")}
        super().__init__(
            {name: forms.TextInput({"aria-label": text, "placeholder": text}) for name, text in words.items()}
        )

    def decompress(self, value: Replacement | None) -> list[str]:
        return [value.find, value.put] if value else ["", ""]


class ReplacementField(forms.MultiValueField):
    """Two fields of text; nothing to replace with takes the words out."""

    def __init__(self) -> None:
        find = forms.CharField(max_length=60, strip=False)
        put = forms.CharField(max_length=60, strip=False, required=False)
        super().__init__((find, put), label=_("Find and replace"), widget=TwoTexts(), require_all_fields=False)

    def compress(self, values: list) -> Replacement:
        find, put = [*values, "", ""][:2]
        return Replacement(find, put or "")


def texts(row: Activity) -> str:
    return "｜".join(filter(None, (getattr(row, name) for name in wording.PLACES)))


def after(row: Activity, value: Replacement) -> str:
    changed = wording.replaced(row, value.find, value.put)
    return "｜".join(filter(None, (changed.get(name, getattr(row, name)) for name in wording.PLACES)))


REPLACE = Bulk(
    name="replace",
    label=_("Find and replace in the line…"),
    field=lambda model_admin, request: ReplacementField(),
    before=texts,
    after=after,
    apply=lambda row, value, by: wording.replace(activity=row, find=value.find, put=value.put, by=by),
    warning=_("Line, title and place are searched, letter by letter. Look at the preview before you confirm."),
)


@admin.register(Activity, site=desk)
class ActivityAdmin(ScopedAdmin):
    """Kept on their own pages; here their wording is tidied."""

    permission = Permission.MANAGE_VOCABULARIES
    scope_path = "organisation__path"
    is_addable = False
    is_changeable = False
    list_display = ["happened_on", "kind", "line", "title", "place", "organisation", "logged_at"]
    list_filter = [("kind", admin.RelatedFieldListFilter), "kind__group", "source"]
    list_select_related = ["kind", "organisation"]
    search_fields = ["line", "title", "place"]
    search_help_text = _("Words of the line, the title or the place")
    date_hierarchy = "happened_on"
    ordering = ["-happened_on", "-pk"]
    fields = readonly_fields = [
        "kind",
        "happened_on",
        "title",
        "line",
        "headcount",
        "place",
        "organisation",
        "source",
        "logged_at",
    ]
    bulk = (REPLACE,)

    def get_queryset(self, request: HttpRequest) -> object:
        return super().get_queryset(request).filter(voided_at=None)
