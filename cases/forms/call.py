"""Forms of a call: its settings, its lists of tracks, parts and phases, its quotas, its rubric."""

import re
from datetime import datetime, time, timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases import queries_call
from cases.models import Call
from config.forms import Form, Helper
from members.forms.organisation import OrganisationField
from members.forms.register import DAY_INPUT
from members.models import Organisation
from members.models.organisation import under_paths
from members.permissions import Permission

CLOCK = re.compile(r"^([01]?\d|2[0-4])[:：]([0-5]\d)$")
EARLIEST_YEAR, LONGEST_AHEAD_DAYS = 2000, 366 * 3
LIMITS = ("least_characters", "most_characters", "least_photos", "most_photos", "least_photo_pixels", "most_per_unit")
WORDS = ("statement", "contact")
YES_OR_NO = ("needs_captions", "takes_late", "needs_recommendation", "needs_form")


def clean_day(day):
    """Return a day of a call. Raises: ValidationError for a slip of the pen."""
    if day and (day.year < EARLIEST_YEAR or (day - timezone.localdate()).days > LONGEST_AHEAD_DAYS):
        raise ValidationError(_("This day lies too far away: check the year."))
    return day


def moment(day, clock):
    """Return the local moment of a day and a time written 09:00 to 24:00."""
    hours, minutes = map(int, CLOCK.match(clock).groups())
    return timezone.make_aware(datetime.combine(day, time())) + timedelta(hours=hours, minutes=minutes)


def _clock(label, initial, help_text=""):
    return forms.CharField(
        label=label,
        max_length=5,
        initial=initial,
        help_text=help_text,
        widget=forms.TextInput({"inputmode": "numeric"}),
    )


def _limit(label, highest, help_text=""):
    return forms.IntegerField(label=label, required=False, min_value=1, max_value=highest, help_text=help_text)


def _box(label, **more):
    return forms.BooleanField(label=label, required=False, **more)


class CallForm(Form):
    """The settings of one call. Who calls stays as it was entered."""

    name = forms.CharField(label=_("name of the call"), max_length=80)
    organisation = OrganisationField(
        Organisation.objects.none(),
        label=_("called by"),
        empty_label=None,
        help_text=_("This body and all bodies under it may send cases in."),
    )
    copy_from = forms.ModelChoiceField(
        Call.objects.none(),
        label=_("Begin with tracks, parts, rubric and quotas of"),
        required=False,
        empty_label=_("the template"),
    )
    preface = forms.CharField(label=_("preface"), max_length=2000, required=False, widget=forms.Textarea({"rows": 3}))
    rules = forms.CharField(label=_("rules"), max_length=8000, required=False, widget=forms.Textarea({"rows": 8}))
    opens_on = forms.DateField(label=_("first day"), widget=DAY_INPUT)
    opens_clock = _clock(_("from (time)"), "00:00")
    closes_on = forms.DateField(label=_("last day"), widget=DAY_INPUT)
    closes_clock = _clock(_("until (time)"), "24:00", _("24:00 is the end of that day."))
    takes_late = _box(_("late cases are taken and marked"))
    least_characters = _limit(_("characters at least"), 100000)
    most_characters = _limit(_("characters at most"), 100000, _("Counted after cleaning, white space apart."))
    least_photos = _limit(_("photos at least"), 100)
    most_photos = _limit(_("photos at most"), 100)
    least_photo_pixels = _limit(_("width of a photo in pixels, at least"), 10000)
    needs_captions = _box(_("every photo needs a caption"), initial=True)
    most_per_unit = _limit(_("cases of one unit at most"), 1000)
    needs_recommendation = _box(_("cases need a recommendation"))
    needs_form = _box(
        _("the stamped application form is needed"), help_text=_("The recommending body uploads a scan of it.")
    )

    statement = forms.CharField(
        label=_("statement the unit confirms"),
        max_length=300,
        required=False,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("Whoever sends a case in ticks it; it is kept with the case. Leave it empty to ask for none."),
    )
    contact = forms.CharField(
        label=_("whom to ask"),
        max_length=200,
        required=False,
        help_text=_("Name, office telephone, mailbox. It stands on the public page and in the notice."),
    )

    def __init__(self, *args, user, call=None, **kwargs):
        if call is not None:
            kwargs["initial"] = initial_of(call)
        super().__init__(*args, **kwargs)
        bodies = Organisation.objects.current().filter(under_paths("path", user.paths(Permission.MANAGE_CALLS)))
        if call is None:
            self.fields["organisation"].queryset = bodies.order_by("path")
            self.fields["organisation"].initial = bodies.order_by("path").first()
            earlier = Call.objects.managed_by(user).order_by("-opens_at", "-pk")
            self.fields["copy_from"].queryset = earlier
            self.fields["most_characters"].initial, self.fields["most_photos"].initial = 3000, 5
            self.fields["statement"].initial = queries_call.template_statement()
        for name in ("organisation", "copy_from"):
            if call is not None:
                del self.fields[name]
        self.helper = Helper(self)  # laid out anew: fields may have been taken away

    def clean_statement(self):
        return " ".join(self.cleaned_data["statement"].split())

    def clean_opens_on(self):
        return clean_day(self.cleaned_data["opens_on"])

    def clean_closes_on(self):
        return clean_day(self.cleaned_data["closes_on"])

    def clean_opens_clock(self):
        return self._clocked("opens_clock")

    def clean_closes_clock(self):
        return self._clocked("closes_clock")

    def _clocked(self, name):
        written = CLOCK.match(self.cleaned_data[name])
        if written is None or (written[1] == "24" and written[2] != "00"):
            raise ValidationError(_("Write the time as 09:00, at most 24:00."))
        return self.cleaned_data[name]

    def clean(self):
        cleaned = super().clean()
        self._in_order(cleaned, "least_characters", "most_characters")
        self._in_order(cleaned, "least_photos", "most_photos")
        if {"opens_on", "opens_clock", "closes_on", "closes_clock"} <= cleaned.keys():
            cleaned["opens_at"] = moment(cleaned.pop("opens_on"), cleaned.pop("opens_clock"))
            cleaned["closes_at"] = moment(cleaned.pop("closes_on"), cleaned.pop("closes_clock"))
            if cleaned["closes_at"] <= cleaned["opens_at"]:
                self.add_error("closes_on", _("It can't close before it opens: choose a later day."))
        return cleaned

    def _in_order(self, cleaned, least, most):
        if cleaned.get(least) and cleaned.get(most) and cleaned[most] < cleaned[least]:
            self.add_error(most, _("The most can't be less than the least."))


def initial_of(call):
    """Return what the form of an existing call shows."""
    names = ("name", "preface", "rules", *LIMITS, *WORDS, *YES_OR_NO)
    opens = timezone.localtime(call.opens_at)
    closes = timezone.localtime(call.closes_at)
    return {name: getattr(call, name) for name in names} | {
        "opens_on": opens.date(),
        "opens_clock": opens.strftime("%H:%M"),
        "closes_on": call.last_day.date(),
        "closes_clock": "24:00" if call.is_till_midnight else closes.strftime("%H:%M"),
    }


class CancelForm(Form):
    """Why a call stops."""

    reason = forms.CharField(
        label=_("why it was cancelled"),
        max_length=300,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("It stands on the public page."),
    )
