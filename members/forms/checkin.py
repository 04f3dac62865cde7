"""Forms of check-ins: what people fill in at a window, their receipt, and what officials keep of the windows."""

from datetime import date, datetime, time

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.forms import REQUIRED, Form, Helper, ModelForm
from config.text import unseen
from members import codes, queries
from members.forms.register import phone_field
from members.models import CheckInPoint

SMALLEST_AGE = 14  # Source: Personal Information Protection Law, article 31
TOO_FAST_SECONDS = 3  # nobody reads the notice and writes three fields in less


class GivenForm(Form):
    """Name, number and branch: what a check-in holds, and nothing more."""

    name = forms.CharField(
        label=_("your name"), min_length=2, max_length=30, widget=forms.TextInput({"autocomplete": "name"})
    )
    phone = phone_field()
    branch_name = forms.CharField(
        label=_("your party branch"),
        max_length=60,
        help_text=_("As you remember it: choose from the list or write it, for example the branch of your village."),
        widget=forms.TextInput({"list": "branches", "autocomplete": "off"}),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["phone"].required = True
        self.fields["phone"].error_messages["required"] = REQUIRED
        self.fields["phone"].label = _("your mobile number")

    def full_clean(self):
        """Ask for the number again beside every other error, since its box comes back empty."""
        super().full_clean()
        if self.is_bound and self.errors and "phone" not in self.errors:
            again = _("Write the number once more: for your protection it is never sent back into the page.")
            self.add_error("phone", again)

    def clean_name(self):
        name = "".join(unseen.without_unseen(self.cleaned_data["name"]).split())
        if len(name) < 2 or any(letter.isdecimal() for letter in name):
            raise ValidationError(_("Write your name as on your identity card."))
        return name

    def clean_branch_name(self):
        name = " ".join(unseen.without_unseen(self.cleaned_data["branch_name"]).split())
        if not name:
            raise ValidationError(REQUIRED, code="required")
        return name

    @property
    def given(self):
        """What was given, as keyword arguments."""
        return {name: self.cleaned_data[name] for name in ("name", "phone", "branch_name")}


class CheckInForm(GivenForm):
    """The phone page. `website` is for robots; `ticket` and `shown` say which page this is and what was read on it.

    The year of birth keeps children out and is kept nowhere (decision 8).
    """

    born = forms.IntegerField(
        label=_("year of birth"),
        help_text=_("Four digits. It only tells that you are over 14, and is not kept."),
        error_messages={"invalid": _("Write the year as four digits, such as 1985.")},
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off", "maxlength": 4}),
    )
    agreed = forms.BooleanField(
        error_messages={"required": _("Without this consent nothing is taken down. Tick the box if you agree.")}
    )
    website = forms.CharField(required=False, widget=forms.TextInput({"tabindex": "-1", "autocomplete": "off"}))
    ticket = forms.CharField(widget=forms.HiddenInput)
    shown = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args, point, shown, **kwargs):
        super().__init__(*args, **kwargs)
        self.point, self.reading = point, shown
        self.fields["agreed"].label = shown.consent
        self.fields["website"].label = _("Leave this field empty")
        self.nonce = ""

    def clean_born(self):
        year, today = self.cleaned_data["born"], timezone.localdate()
        if not today.year - 110 <= year <= today.year:
            raise ValidationError(_("Write the year as four digits, such as 1985."))
        if today.year - year <= SMALLEST_AGE:
            raise ValidationError(_("This page is for people over 14. Come to the window with a parent instead."))
        return year

    def clean(self):
        cleaned = super().clean()
        ticket = codes.read_ticket(cleaned.get("ticket", ""))
        if ticket is None or ticket[0] != self.point.pk:
            self.renew()
            raise ValidationError(_("This page had been open for too long. Nothing was sent: press the button again."))
        self.nonce = ticket[1]
        if cleaned.get("shown") != self.reading.sha256:
            self.renew()
            raise ValidationError(_("The notice has changed meanwhile. Read it once more, then press the button."))
        if cleaned.get("website"):
            raise ValidationError(_("A field that must stay empty was filled in. Fill the form in by hand."))
        if ticket[2] < TOO_FAST_SECONDS:
            raise ValidationError(_("That was very quick. Look over what you wrote, then press the button again."))
        return cleaned

    def renew(self):
        """Let the form that is shown again carry a fresh ticket and the present text."""
        self.data = self.data.copy()
        self.data["ticket"], self.data["shown"] = codes.new_ticket(self.point.pk), self.reading.sha256
        self.data.pop("agreed", None)


class ClerkForm(CheckInForm):
    """An official enters a check-in for somebody without a phone; the consent is signed on paper."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("full name")
        self.fields["phone"].label = _("mobile number")
        self.fields["branch_name"].label = _("party branch")
        self.fields["agreed"].label = _("The person has read the notice and signed the consent on paper.")


class ReceiptForm(Form):
    """The code of a receipt."""

    code = forms.CharField(
        label=_("receipt code"),
        max_length=60,
        help_text=_("Twenty letters and digits in five groups. Upper and lower case are the same."),
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )

    def clean_code(self):
        code = codes.read_receipt(self.cleaned_data["code"])
        if not code:
            raise ValidationError(_("A receipt code has twenty letters and digits. Compare it with your receipt."))
        return code


class PointForm(ModelForm):
    """What a window says of itself."""

    class Meta:
        model = CheckInPoint
        fields = ["name", "address", "contact", "organisation", "is_screen_only"]
        help_texts = {
            "contact": _("People read it on the page and the poster: whom they may ask."),
            "organisation": _("It answers for the data, and people read its name. It cannot be changed later."),
            "is_screen_only": _("Then a photo of a poster opens nothing: people must stand before the screen."),
        }

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            del self.fields["organisation"]
            self.helper = Helper(self)
        else:
            self.fields["organisation"].queryset = queries.kept_organisations(user).order_by("name", "pk")
            self.fields["organisation"].initial = user.organisation_id


class CheckInFilterForm(Form):
    """What narrows the list of check-ins."""

    point = forms.ModelChoiceField(CheckInPoint.objects.none(), label=_("check-in point"), required=False)
    month = forms.CharField(label=_("month"), required=False, widget=forms.DateInput({"type": "month"}))
    confirmed = forms.BooleanField(label=_("confirmed only"), required=False)

    def __init__(self, *args, points, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["point"].queryset = points.order_by("name", "pk")

    def clean_month(self):
        text = self.cleaned_data["month"]
        if not text:
            return None
        try:
            first = date.fromisoformat(f"{text}-01")
            after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
        except ValueError:
            raise ValidationError(_("Write the month as year and month, such as 2026-11.")) from None
        return tuple(timezone.make_aware(datetime.combine(day, time.min)) for day in (first, after))


class ConsentForm(Form):
    """The next version of the words people read and consent to."""

    notice = forms.CharField(
        label=_("notice"),
        max_length=3000,
        help_text=_("One point a line: a heading, a full-width colon, what it says."),
        widget=forms.Textarea({"rows": 12}),
    )
    consent = forms.CharField(
        label=_("consent to the use of sensitive data"), max_length=500, widget=forms.Textarea({"rows": 3})
    )

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("notice") and not all(f"{{{place}}}" in cleaned["notice"] for place in ("organisation", "days")):
            self.add_error("notice", _("The notice must name {organisation} and {days}, written with these braces."))
        return cleaned
