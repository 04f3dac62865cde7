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
        rows = [choice.instance for choice, _label in self.choices if hasattr(choice, "instance")]
        if len(rows) <= FEW:
            return super().get_context(name, value, attrs)
        attrs = self.build_attrs(self.attrs, attrs)
        attrs["class"] = attrs.get("class", "").replace("form-select", "form-control")
        names = written(rows)
        chosen = next((name for row, name in zip(rows, names, strict=True) if str(row.pk) == str(value)), value or "")
        widget = {
            "name": name,
            "value": chosen,
            "attrs": attrs,
            "names": names[:OFFERED],
            "template_name": self.finder_template,
        }
        return {"widget": widget}

    def render(self, name, value, attrs=None, renderer=None):
        context = self.get_context(name, value, attrs)
        return self._render(context["widget"]["template_name"], context, renderer)


class OrganisationField(forms.ModelChoiceField):
    """One of the organisations in `queryset`, named by its number (a list) or in words (a field of text)."""

    widget = Finder

    def to_python(self, value):
        """Find the organisation a person named by its name, its short name, a part of either, or its code."""
        if value in self.empty_values or whole_number(str(value)) is not None:
            return super().to_python(value)
        words = str(value).strip()
        refuse_controls(words)
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
