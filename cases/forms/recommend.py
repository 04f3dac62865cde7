"""What a recommending body says of a case."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models import Recommendation
from config.errors import FileRefused
from config.forms import Form
from config.uploads import gate

State = Recommendation.State
SAYING = [
    (State.RECOMMENDED, pgettext_lazy("recommendation", "Recommend: put it on the list")),
    (State.RETURNED, pgettext_lazy("recommendation", "Send it back for changes")),
    (State.DECLINED, pgettext_lazy("recommendation", "Do not recommend it")),
]
TOO_LARGE = _("The scan is larger than 20 MB. Scan it at 150 to 200 dpi and choose it again.")


class RecommendForm(Form):
    """The decision, the opinion, and the scan of the stamped form. Rank is changed on the list."""

    state = forms.ChoiceField(label=_("Decision"), choices=SAYING, widget=forms.RadioSelect)
    opinion = forms.CharField(
        label=_("opinion of the recommending body"),
        max_length=1000,
        widget=forms.Textarea({"rows": 4}),
        help_text=_("The unit and the editors read it."),
    )
    form = forms.FileField(
        label=_("Scan of the stamped application form"),
        required=False,
        widget=forms.FileInput({"accept": ",".join(gate.DOORS["stamped_form"].extensions)}),
        help_text=_("PDF or photo, at most 20 MB."),
    )
    revision = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args, case, earlier=None, oversized=(), **kwargs):
        initial = {"state": earlier.state, "opinion": earlier.opinion} if earlier else {}
        super().__init__(*args, initial=initial | {"revision": case.current_revision_id}, **kwargs)
        if case.call is not None and case.call.needs_form:
            self.fields["form"].help_text = _(
                "PDF or photo, at most 20 MB. This call needs it: the list can't be sent without it."
            )
        self.case, self.oversized, self.scan = case, oversized, None

    def clean_revision(self):
        revision = self.case.revisions.filter(pk=self.cleaned_data["revision"]).first()
        if revision is None:
            raise forms.ValidationError(_("This page is too old. Copy your text, reload the page and paste it in."))
        return revision

    def clean(self):
        cleaned = super().clean()
        if "form" in self.oversized:
            self.add_error("form", TOO_LARGE)
        elif cleaned.get("form"):
            try:
                self.scan = (gate.read("stamped_form", cleaned["form"]), cleaned["form"].name)
            except FileRefused as refusal:
                self.add_error("form", str(refusal))
        return cleaned

    def for_decide(self):
        """Return what `actions.recommend.decide` takes."""
        names = ("state", "opinion", "revision")
        return {name: self.cleaned_data[name] for name in names} | {"form": self.scan}
