"""Choosing an organisation: a list while it is short, a field that finds by typing where there are hundreds."""

import re
from collections import Counter

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from config.forms import refuse_controls
from config.numbers import whole_number

FEW = 40  # our choice: what a person still overlooks in a list
OFFERED = 1000  # names sent along for the browser to propose; the others are found by typing all the same
SHOWN = 6
CODE = re.compile(r"（([\w-]+)）$")


class Finder(forms.Select):
    """A select while the choices are few; else a field of text whose browser proposes names, without any script."""

    finder_template = "members/organisation/_finder.html"

    def get_context(self, name, value, attrs):
        key = self.choices.field.to_field_name or "pk"
        rows = list(self.choices.queryset.values_list(key, "name", "code", named=True)[:OFFERED])
        if len(rows) <= FEW:
            return super().get_context(name, value, attrs)
        attrs = self.build_attrs(self.attrs, attrs)
        attrs["class"] = attrs.get("class", "").replace("form-select", "form-control")
        names = written(rows)
        widget = {
            "name": name,
            "value": self._written(value, key, dict(zip([str(row[0]) for row in rows], names, strict=True))),
            "attrs": attrs,
            "names": names,
            "template_name": self.finder_template,
        }
        return {"widget": widget}

    def _written(self, value, key, offered):
        """The name of the chosen organisation, also where it is not among the offered; else what was typed."""
        if value in (None, ""):
            return ""
        if str(value) in offered:
            return offered[str(value)]
        is_key = key != "pk" or whole_number(str(value)) is not None
        row = self.choices.queryset.filter(**{key: value}).first() if is_key else None
        return f"{row.name}（{row.code}）" if row else value

    def render(self, name, value, attrs=None, renderer=None):
        context = self.get_context(name, value, attrs)
        return self._render(context["widget"]["template_name"], context, renderer)


class OrganisationField(forms.ModelChoiceField):
    """One of the organisations in `queryset`, named by its number (a list) or in words (a field of text)."""

    widget = Finder

    def to_python(self, value):
        """Find the organisation a person named by its name, its short name, a part of either, or its code."""
        is_number = self.to_field_name is None and whole_number(str(value)) is not None
        if value in self.empty_values or is_number:
            return super().to_python(value)
        words = str(value).strip()
        refuse_controls(words)
        if self.to_field_name and (row := self.queryset.filter(**{self.to_field_name: words}).first()):
            return row
        if code := CODE.search(words):
            exact = self.queryset.filter(code=code[1])
        else:
            exact = self.queryset.filter(Q(name=words) | Q(short_name=words))
        near = self.queryset.filter(Q(name__icontains=words) | Q(short_name__icontains=words))
        found = list(exact[:2]) or list(near[: SHOWN + 1])
        if len(found) == 1:
            return found[0]
        if not found:
            raise forms.ValidationError(_("No organisation you may choose has these words in its name. Write others."))
        names = "、".join(written(found)[:SHOWN]) + ("……" if len(found) > SHOWN else "")
        raise forms.ValidationError(
            _("Several organisations fit: %(names)s. Write the name in full, with the code where it stands here."),
            params={"names": names},
        )


def written(organisations):
    """Return how organisations are written so that each is found again: a name that repeats with its code."""
    times = Counter(row.name for row in organisations)
    return [row.name if times[row.name] == 1 else f"{row.name}（{row.code}）" for row in organisations]
