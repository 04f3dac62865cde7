"""The call and track a text is sent in for: one list, the tracks under the name of their call."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases import queries_call
from cases.queries_callcheck import check, of_text
from config.errors import Refused
from config.forms import Form


class PlaceField(forms.ChoiceField):
    """A call, or one of its tracks; cleaned to `(call, track)`, `(None, None)` for none."""

    def __init__(self, **kwargs):
        kwargs.setdefault("label", _("call for cases"))
        kwargs.setdefault("required", False)
        kwargs.setdefault("help_text", _("Leave it empty to send the case in without a call."))
        super().__init__(choices=[("", _("no call"))], **kwargs)
        self.known = {}

    def offer(self, paths, *, kept=None, chosen="", with_closed=False):
        """Offer the calls open to bodies at or under the paths; `kept` is a call that stays among them.

        One that closed meanwhile is known only where it was `chosen`, so that the answer can say that it closed.
        """
        now = timezone.now()
        calls = queries_call.offered(paths, now)
        if kept is not None and kept not in calls:
            calls.append(kept)
        self.known = {}  # of this form's field alone: copies of a field share what was set before
        groups = [("", _("no call"))]
        for call in calls:
            options = self._options(call)
            is_chosen = chosen in {value for value, _label, _place in options}
            if with_closed or is_chosen or call == kept or call.takes_at(now):
                self.known |= {value: place for value, _label, place in options}
                groups.append((call.name, [(value, label) for value, label, _place in options]))
        self.choices = groups

    @staticmethod
    def _options(call):
        """Return value, label and place of a call's options: the track first, so that a narrow list still shows it."""
        tracks = sorted(call.tracks.all(), key=lambda track: (track.position, track.pk))
        options = [(f"track-{track.pk}", f"{track.name}｜{call.name}", (call, track)) for track in tracks]
        alone = _("choose the track in “%(name)s”") % {"name": call.name} if options else call.name
        return [(f"call-{call.pk}", alone, (call, None)), *options]

    def clean(self, value):
        value = super().clean(value)
        return self.known.get(value, (None, None))

    def value_of(self, call, track=None):
        """Return the option that stands for a call and track; "" where there is none."""
        return next((value for value, place in self.known.items() if place == (call, track)), "")


class InCall:
    """Mixin of the forms a text comes in by: where it is sent in for, and what the call thinks of it."""

    def refuse_place(self, cleaned, organisation):
        """Write beside the field why the call cannot take the case; everything typed stays."""
        call, track = cleaned.get("place") or (None, None)
        if call is None or organisation is None:
            return
        try:
            check(call, track, organisation, timezone.now())
        except Refused as refusal:
            self.add_error("place", str(refusal))

    @property
    def statement(self):
        """What the chosen call asks the sender to confirm; "" for nothing."""
        field = self.fields["place"]
        begun = field.known.get(self.initial.get("place", field.initial), (None, None))
        call, _track = self.cleaned_data.get("place") or (None, None) if self.is_bound else begun
        return call.statement if call else ""

    @property
    def is_stated(self):
        """Whether nothing is to be confirmed, or just this was."""
        return not self.statement or self.data.get("stated") == self.statement

    @property
    def confirmed(self):
        """The statement where it was ticked."""
        return self.statement if self.is_stated else ""

    def findings(self, arrival, organisation):
        """Return what the chosen call asks for that the text has or lacks; nothing without a call."""
        call, _track = self.cleaned_data.get("place") or (None, None)
        if call is None or organisation is None:
            return []
        return of_text(call, organisation, arrival.cleaned.body, timezone.now())


class PlaceForm(Form):
    """Another call or track for a case that is there already."""

    place = PlaceField(help_text="")

    def __init__(self, *args, case, with_closed, **kwargs):
        super().__init__(*args, **kwargs)
        place = self.fields["place"]
        chosen = self.data.get("place", "")
        place.offer([case.organisation.path], kept=case.call, chosen=chosen, with_closed=with_closed)
        if case.call is not None:
            place.initial = place.value_of(case.call, case.track)
