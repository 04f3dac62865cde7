"""Forms of a draft from the ledger: for whom and when, its four parts, which figures, which photos, sending it in."""

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.forms.call_choice import InCall, PlaceField
from cases.forms.intake import CONTRIBUTOR_CHARACTERS
from cases.models import Outline, OutlineField, OutlinePhoto, SubjectField
from cases.models.outline import MOST_CHARACTERS, SECTIONS
from cases.outline.offers import Offer
from cases.outline.rendering import Filled
from config.errors import Refused
from config.forms import Form
from members.forms.organisation import OrganisationField
from members.models import Organisation
from members.permissions import Permission
from services.indicators import periods
from services.models import Attachment
from services.queries import scope

CAPTION_LENGTH = OutlinePhoto._meta.get_field("caption").max_length
ASKED = {
    "background": _("Why was something to be done? Who are the people, how many are there, what was hard for them?"),
    "practice": _("What was done, by whom, in which order? One paragraph for each practice."),
    "outcome": _("What is different now? Say it by what people got, then by numbers."),
    "insight": _("What could another county take over, and what must be in place first?"),
}


class BeginForm(InCall, Form):
    """For which body and over which days."""

    organisation = OrganisationField(Organisation.objects.none(), label=_("Submitting organisation"), empty_label=None)
    period = forms.CharField(
        label=_("period"),
        max_length=40,
        help_text=_("2026, 2026Q2, 2026-07, or since:2022-03-01 for everything since then"),
    )

    place = PlaceField(help_text=_("The draft is held against what this call asks for. It can be chosen later, too."))

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        offer_calls(self.fields["place"], user.paths(Permission.DRAFT_CASE))
        self.fields["organisation"].queryset = scope.reporting_bodies(user, Permission.DRAFT_CASE)
        own = scope.own_body(user, Permission.DRAFT_CASE)
        self.fields["organisation"].initial = own.pk if own else None
        self.fields["period"].initial = str(timezone.localdate().year)

    def clean_period(self):
        try:
            period = periods.parse(self.cleaned_data["period"], timezone.localdate())
        except Refused as refusal:
            raise ValidationError(str(refusal)) from None
        if period.start is not None and period.start > timezone.localdate():
            raise ValidationError(_("These days lie ahead: nothing is in the ledger yet. Choose earlier ones."))
        return period.text

    def clean(self):
        cleaned = super().clean()
        self.refuse_place(cleaned, cleaned.get("organisation"))
        return cleaned


class EditForm(Form):
    """Title and parts, with the shape of every number that can be written in several."""

    title = forms.CharField(label=_("Title"), max_length=200, required=False)
    background = forms.CharField(label=pgettext_lazy("part", "Background"), required=False, max_length=MOST_CHARACTERS)
    practice = forms.CharField(label=pgettext_lazy("part", "Practice"), required=False, max_length=MOST_CHARACTERS)
    outcome = forms.CharField(label=pgettext_lazy("part", "Outcome"), required=False, max_length=MOST_CHARACTERS)
    insight = forms.CharField(label=pgettext_lazy("part", "Lesson"), required=False, max_length=MOST_CHARACTERS)
    place = PlaceField()
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)

    def __init__(self, *args, filled: dict[int, Filled], outline: Outline, **kwargs):
        super().__init__(*args, **kwargs)
        place = self.fields["place"]
        offer_calls(place, [outline.organisation.path], outline)
        place.initial = place.value_of(outline.call, outline.track)
        for name in SECTIONS:
            text = self.data.get(name, "") if self.is_bound else self.initial.get(name, "")
            self.fields[name].widget = forms.Textarea(attrs={"rows": _rows(text)})
            self.fields[name].strip = False
            self.fields[name].help_text = ASKED[name]
        self.helper = None
        self.numbers = list(filled.values())
        for number, one in filled.items():
            if len(one.shapes) > 1:
                self.fields[f"shape_{number}"] = forms.ChoiceField(
                    label=one.field.label, choices=one.shapes, required=False, initial=one.field.shape
                )

    @property
    def parts(self):
        """The four boxes in their order."""
        return [self[name] for name in SECTIONS]

    @property
    def lines(self):
        """Every field of the draft with the box that says how it is written, None where there is one way alone."""
        return [
            (one, self[f"shape_{one.field.number}"] if f"shape_{one.field.number}" in self.fields else None)
            for one in self.numbers
        ]

    def for_save(self):
        """Return what `actions.outline.save` takes."""
        return {
            "title": " ".join(self.cleaned_data["title"].split()),
            "texts": {name: self.cleaned_data[name] for name in SECTIONS},
            "shapes": {
                one.field.number: self.cleaned_data[f"shape_{one.field.number}"] or OutlineField.Shape.EXACT
                for one, box in self.lines
                if box is not None
            },
            "seen": self.cleaned_data["seen"],
            "place": self.cleaned_data["place"],
        }


class ChooseForm(Form):
    """Which of the ledger's sentences go into the draft."""

    chosen = forms.MultipleChoiceField(label=_("Figures"), required=False)

    def __init__(self, *args, offers: list[Offer], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["chosen"].choices = [(offer.identity, offer.label) for offer in offers]


class BindForm(Form):
    """Which number typed by hand gives way to which figure of the ledger."""

    section = forms.ChoiceField(choices=[(name, name) for name in SECTIONS])
    start = forms.IntegerField(min_value=0, max_value=MOST_CHARACTERS)
    end = forms.IntegerField(min_value=0, max_value=MOST_CHARACTERS)
    mention = forms.CharField(max_length=60, strip=False)
    offer = forms.CharField(max_length=400)
    seen = forms.IntegerField(min_value=1, max_value=2**31 - 1)


class PhotosForm(Form):
    """Which photos of the ledger go along, each with its caption; those chosen before stand first."""

    may_be_shown = forms.BooleanField(
        label=_("The people in the photos know that they may be published."), required=False
    )

    def __init__(self, *args, photos: list[Attachment], chosen: dict[int, str], **kwargs):
        super().__init__(*args, **kwargs)
        self.photos = photos
        for photo in photos:
            self.fields[f"take_{photo.pk}"] = forms.BooleanField(
                label=_("Take this photo"), required=False, initial=photo.pk in chosen
            )
            self.fields[f"caption_{photo.pk}"] = forms.CharField(
                label=_("Caption"), max_length=CAPTION_LENGTH, required=False, initial=chosen.get(photo.pk, "")
            )
        self.fields["may_be_shown"].initial = bool(chosen)

    @property
    def rows(self):
        """Each photo with its two boxes."""
        return [(photo, self[f"take_{photo.pk}"], self[f"caption_{photo.pk}"]) for photo in self.photos]

    def clean(self):
        cleaned = super().clean()
        taken = [photo for photo in self.photos if cleaned.get(f"take_{photo.pk}")]
        if len(taken) > settings.PHOTOS_PER_CASE:
            raise ValidationError(
                _("A case has at most %(limit)s photos. Take some out."), params={"limit": settings.PHOTOS_PER_CASE}
            )
        if taken and not cleaned.get("may_be_shown"):
            self.add_error("may_be_shown", _("Ask the people first, then tick this; or choose no photo."))
        for photo in taken:
            if not cleaned.get(f"caption_{photo.pk}", "").strip():
                self.add_error(f"caption_{photo.pk}", _("Say who is seen doing what, when and where."))
        return cleaned

    @property
    def chosen(self):
        """Return what `actions.outline.choose_photos` takes."""
        return [
            (photo, self.cleaned_data[f"caption_{photo.pk}"])
            for photo in self.photos
            if self.cleaned_data[f"take_{photo.pk}"]
        ]


class SendForm(InCall, Form):
    """What goes along when a draft is sent in: the call it is for, the contributor, the field."""

    place = PlaceField()
    contributor_name = forms.CharField(label=_("Contributor"), required=False, max_length=CONTRIBUTOR_CHARACTERS)
    field = forms.ModelChoiceField(
        SubjectField.objects.none(), label=_("Field"), required=False, empty_label=_("Decided later by the editors")
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)

    def __init__(self, *args, outline, **kwargs):
        super().__init__(*args, **kwargs)
        self.organisation = outline.organisation
        self.fields["field"].queryset = SubjectField.objects.in_use()
        offer_calls(self.fields["place"], [self.organisation.path], outline)
        self.fields["place"].initial = self.fields["place"].value_of(outline.call, outline.track)

    def clean(self):
        cleaned = super().clean()
        self.refuse_place(cleaned, self.organisation)
        return cleaned


def offer_calls(place: PlaceField, paths: list[str], outline: Outline | None = None) -> None:
    """Offer the calls open to bodies at or under `paths`, and the draft's own; where there is none, ask nothing."""
    place.offer(paths, kept=outline.call if outline else None)
    if len(place.choices) == 1:
        place.widget = forms.HiddenInput()


def _rows(text):
    """Return how many lines a box shows: what it holds, and room to write."""
    return min(30, max(7, sum(2 + len(line) // 40 for line in str(text).split("\n"))))


def texts_of(outline: Outline) -> dict:
    """Return what a form of a stored draft begins with."""
    return {"title": outline.title, "seen": outline.version, **outline.texts}
