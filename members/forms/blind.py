"""Forms of a blind match: between whom and why, a token file, the workbook of opened rows."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from config.forms import Form
from config.uploads.gate import DOORS
from config.uploads.handlers import LARGEST_BYTES, ROSTER_BYTES
from members import queries
from members.models import MatchRun, Organisation
from members.models.match import Side


class CreateForm(Form):
    """One's own body and side, and the other department."""

    own = forms.ModelChoiceField(Organisation.objects.none(), label=_("Your department"))
    side = forms.ChoiceField(label=_("Your roll"), choices=Side.choices, widget=forms.RadioSelect)
    other = forms.ModelChoiceField(
        Organisation.objects.none(),
        label=_("The other department"),
        help_text=_("It keeps the other roll; an account of its own gives that side's file and approves."),
    )
    mode = forms.ChoiceField(
        label=_("How it is compared"),
        choices=[
            (MatchRun.Mode.BROKER, _("This server compares tokens it cannot read (blind-match.pyz)")),
            (MatchRun.Mode.PSI, _("The two departments' computers compare by themselves (blind-psi.pyz)")),
        ],
        initial=MatchRun.Mode.BROKER,
        widget=forms.RadioSelect,
    )
    purpose = forms.CharField(label=_("purpose"), max_length=200, help_text=_("Such as: spring 2026, lorry drivers"))
    basis = forms.CharField(
        label=_("legal basis"), max_length=200, help_text=_("The agreement or document the two departments rely on")
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["own"].queryset = queries.blind_own_bodies(user)
        self.fields["own"].initial = user.organisation_id
        self.fields["other"].queryset = queries.blind_other_bodies(user)

    def clean(self):
        data = super().clean()
        if data.get("own") and data.get("own") == data.get("other"):
            self.add_error("other", ValidationError(_("Choose the other department, not your own.")))
        return data

    @property
    def bodies(self):
        """The two bodies as (practitioners', members')."""
        own, other = self.cleaned_data["own"], self.cleaned_data["other"]
        return (own, other) if self.cleaned_data["side"] == Side.PRACTITIONERS else (other, own)


class _FileForm(Form):
    """One file; `too_large` is what to say where it was dropped for its size while it arrived."""

    too_large, limit_bytes = "", 0

    def __init__(self, *args, oversized=(), **kwargs):
        super().__init__(*args, **kwargs)
        if self.add_prefix("file") in oversized:
            self.fields["file"].error_messages["required"] = self.too_large % {"limit": self.limit_bytes // 2**20}


class TokensForm(_FileForm):
    too_large = _(
        "The token file has more than %(limit)d MB. Split the roll into two and open a match for each, or compare the "
        "two rolls with blind-psi.pyz, which takes rolls of any size."
    )
    limit_bytes = ROSTER_BYTES

    file = forms.FileField(
        label=_("Token file"), widget=forms.ClearableFileInput({"accept": ",".join(DOORS["tokens"].extensions)})
    )


class OpenedForm(_FileForm):
    too_large = _(
        "The workbook has more than %(limit)d MB. Upload the one that the program wrote, or split it into two."
    )
    limit_bytes = LARGEST_BYTES

    file = forms.FileField(
        label=_("Workbook of opened rows"),
        widget=forms.ClearableFileInput({"accept": ",".join(DOORS["workbook"].extensions)}),
    )


class ComparedForm(Form):
    sure = forms.IntegerField(label=_("Sure by the rules"), min_value=0, max_value=10_000_000)
    decide = forms.IntegerField(label=_("To be decided"), min_value=0, max_value=10_000_000)


class DecideForm(Form):
    answer = forms.ChoiceField(choices=[("yes", _("yes")), ("no", _("no"))])
