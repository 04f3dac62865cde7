"""The field that finds a row by typing, for tables too long for a plain list."""

from django import forms
from django.contrib.admin.widgets import AutocompleteSelect
from django.utils.translation import gettext as _

from config.numbers import whole_number
from members.admin.site import desk


class Chooser(AutocompleteSelect):
    """Django's, with words in the empty field and a name for screen readers."""

    def __init__(self, field: object, admin_site: object = desk, **kwargs: object) -> None:
        super().__init__(field, admin_site, **kwargs)

    def build_attrs(self, base_attrs: dict, extra_attrs: dict | None = None) -> dict:
        return super().build_attrs(base_attrs, extra_attrs) | {"data-placeholder": _("Type to find")}

    def optgroups(self, name: str, value: list, attr: dict | None = None) -> list:
        """Show nothing chosen where the form came back with what is no row's number; Django would fail on it."""
        return super().optgroups(name, [one for one in value if whole_number(str(one)) is not None], attr)

    @property
    def media(self) -> forms.Media:
        return super().media + forms.Media(js=["admin/js/autocomplete.js", "js/chooser.js"])
