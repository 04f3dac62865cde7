"""What the columns of somebody's table mean: one choice for each, for imports and data matches."""

from django import forms
from django.utils.translation import gettext_lazy as _

from config.forms import Form


class MeaningsForm(Form):
    """One choice for each column of `table` that has a name or a meaning; `choices` are the meanings, "" leaves out."""

    choices = ()

    def __init__(self, *args, table, **kwargs):
        super().__init__(*args, **kwargs)
        for number, (header, meaning) in enumerate(zip(table.headers, table.fields, strict=True)):
            if header or meaning:
                label = header or _("Column %(number)d (no name)") % {"number": number + 1}
                self.fields[f"column_{number}"] = forms.ChoiceField(
                    label=label, choices=self.choices, initial=meaning, required=False
                )
        self.width = len(table.headers)

    @property
    def meanings(self):
        """The meanings by column, "" for those left out."""
        return [self.cleaned_data.get(f"column_{number}", "") for number in range(self.width)]
