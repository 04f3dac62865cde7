"""The quick log: four things shown, one of them typed; all else behind one tap."""

import uuid
from datetime import timedelta

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from config.forms import Form
from config.uploads import gate
from members.models import Organisation
from members.permissions import Permission
from services.models import Campaign, Kind, Pairing, Venue
from services.models.activity import Channel
from services.models.ledger import EARLIEST, VoidReason
from services.models.vocabulary import GROUPS, Domain
from services.queries import log, scope

DAYS_OFFERED = 7
OLDEST_FORM_SECONDS = 15 * 60  # who leaves the form open longer did something else meanwhile
DAY_INPUT = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
GROUP_LABELS = {"pairings": _("My pairings"), "lately": _("Lately"), "bodies": _("Enterprises and branches")}


class LogForm(Form):
    """One activity. `about` holds `pairing:12`, `body:3`, `venue:5` or nothing."""

    kind = forms.ChoiceField(label=_("What was it"), widget=forms.RadioSelect, required=False)
    about = forms.CharField(label=_("With whom or where"), required=False, widget=forms.Select)
    day = forms.ChoiceField(label=_("When"))
    line = forms.CharField(
        label=_("One line"), max_length=200, required=False, widget=forms.TextInput({"list": "phrases"})
    )
    other_kind = forms.ChoiceField(label=_("Another kind"), required=False)
    headcount = forms.IntegerField(label=_("number of people"), min_value=1, max_value=1_000_000, required=False)
    photo = forms.FileField(
        label=_("Photo"), required=False, widget=forms.FileInput({"accept": ",".join(gate.DOORS["photo"].extensions)})
    )
    named = forms.CharField(
        label=_("Enterprise, branch or venue by name"),
        max_length=60,
        required=False,
        help_text=_("Part of the name is enough."),
    )
    earlier_on = forms.DateField(label=_("Earlier day"), required=False, widget=DAY_INPUT)
    channel = forms.ChoiceField(label=_("how"), choices=Channel.choices, required=False)
    place = forms.CharField(label=_("place"), max_length=100, required=False)
    given_kind = forms.ChoiceField(label=_("Given out there"), required=False)
    given_quantity = forms.IntegerField(label=_("How many"), min_value=1, max_value=10_000_000, required=False)
    campaign = forms.ModelChoiceField(Campaign.objects.none(), label=_("campaign"), required=False)
    organisation = forms.ModelChoiceField(Organisation.objects.none(), label=_("organisation"), required=False)
    once = forms.UUIDField(widget=forms.HiddenInput)
    opened = forms.CharField(max_length=100, required=False, widget=forms.HiddenInput)

    def __init__(self, *args, user, **kwargs):
        self.user, self.today = user, timezone.localdate()
        kwargs["initial"] = {
            "once": uuid.uuid4(),
            "opened": signing.TimestampSigner(salt="log").sign("opened"),
            "day": "0",
            "channel": Channel.ON_SITE,
        } | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        self.chips = log.chips(user)
        kinds = list(log.kinds_for(user))
        self.kinds = {str(kind.pk): kind for kind in kinds}
        self._offer_kinds(kinds)
        self.fields["about"].widget.choices = self._abouts()
        self.fields["day"].choices = [(str(back), self._day_label(back)) for back in range(DAYS_OFFERED)]
        given = Kind.objects.visible_to(user).in_use().of(Domain.GRANT)
        self.given = {str(kind.pk): kind for kind in given}
        self.fields["given_kind"].choices = [("", "—"), *((key, kind.label) for key, kind in self.given.items())]
        running = Campaign.objects.within(user, Permission.LOG_ACTIVITY).running_on(self.today)
        self.fields["campaign"].queryset = running.order_by("name", "pk")
        bodies = scope.reporting_bodies(user, Permission.LOG_ACTIVITY)
        self.fields["organisation"].queryset = bodies
        self.own = scope.own_body(user, Permission.LOG_ACTIVITY)
        self.fields["organisation"].empty_label = self.own.brief if self.own else "—"

    @property
    def shown(self):
        """The fields everybody sees."""
        return [self["kind"], self["about"], self["day"], self["line"]]

    @property
    def folded(self):
        """The fields behind one tap."""
        names = ("other_kind", "named", "earlier_on", "headcount", "photo", "given_kind", "given_quantity", "channel")
        return [self[name] for name in (*names, "place", "campaign", "organisation")]

    @property
    def is_unfolded(self):
        """Whether the fold stands open: what is wrong lies in it, or something was filled in there."""
        return any(
            field.errors or (self.is_bound and field.name != "channel" and field.value()) for field in self.folded
        )

    @property
    def phrases(self):
        """First sentences to choose from, for the kinds shown."""
        return log.phrases(self.chips, self.own) if self.own else []

    def clean_earlier_on(self):
        day = self.cleaned_data["earlier_on"]
        if day and day > self.today:
            raise ValidationError(_("This day lies ahead. What has not happened yet cannot be logged."))
        if day and day < EARLIEST:
            raise ValidationError(_("This day lies too far back. Look at the year."))
        return day

    def clean_about(self):
        sort, _colon, key = self.cleaned_data["about"].partition(":")
        if not sort:
            return {}
        rows = {
            "pairing": Pairing.objects.within(self.user, Permission.LOG_ACTIVITY).standing(),
            "body": log.named_bodies(self.user),
            "venue": Venue.objects.within(self.user, Permission.LOG_ACTIVITY),
        }
        number = int(key) if key.isdecimal() and len(key) < 19 else 0
        found = rows[sort].filter(pk=number).first() if sort in rows else None
        if found is None:
            raise ValidationError(_("This is no longer on the list. Choose again."))
        return {sort: found}

    def clean_named(self):
        text = " ".join(self.cleaned_data["named"].split())
        if not text:
            return {}
        found = log.by_name(self.user, text)
        if len(found) == 1:
            sort, _colon, key = found[0].value.partition(":")
            return {sort: (Organisation if sort == "body" else Venue).objects.get(pk=key)}
        names = "、".join(one.label for one in found)
        if found:
            raise ValidationError(_("Several match: %(names)s. Write one of them in full.") % {"names": names})
        raise ValidationError(_("Nothing in your organisations is called that. Write it under Place instead."))

    def clean(self):
        cleaned = super().clean()
        kind = self.kinds.get(cleaned.get("other_kind") or cleaned.get("kind") or "")
        if kind is None and not (self.errors.keys() & {"kind", "other_kind"}):
            self.add_error("kind", _("Choose what it was."))
        if bool(cleaned.get("given_kind")) != bool(cleaned.get("given_quantity")):
            missing = "given_quantity" if cleaned.get("given_kind") else "given_kind"
            if missing not in self.errors:
                self.add_error(missing, _("What was given needs both: what, and how many."))
        about = cleaned.get("about") or cleaned.get("named") or {}
        if kind is not None and kind.is_body_needed and not about and not self.errors:
            self.add_error("about", _("Choose the enterprise or branch: without it this kind cannot be counted."))
        if not (cleaned.get("organisation") or self.own):
            raise ValidationError(_("Your account keeps no organisation's ledger. Ask who manages accounts."))
        cleaned["chosen_kind"], cleaned["chosen_about"] = kind, about
        return cleaned

    @property
    def entry(self):
        """What the action takes but for the photo, and what was given out with how many."""
        data = self.cleaned_data
        given = self.given.get(data["given_kind"])
        about = data["chosen_about"]
        return {
            "organisation": data["organisation"] or self.own,
            "kind": data["chosen_kind"],
            "happened_on": data["earlier_on"] or self.today - timedelta(days=int(data["day"])),
            "line": data["line"],
            "headcount": data["headcount"],
            "channel": data["channel"] or Channel.ON_SITE,
            "place": data["place"],
            "campaign": data["campaign"],
            "once": data["once"],
            "entry_seconds": self._seconds(),
            "region": getattr(about.get("body") or about.get("venue") or about.get("pairing"), "region", None),
            **about,
        }, (given, data["given_quantity"]) if given else None

    def _seconds(self):
        """How long the entry took, None when that is unknown or too long to be true."""
        signer = signing.TimestampSigner(salt="log")
        try:
            signer.unsign(self.cleaned_data["opened"], max_age=OLDEST_FORM_SECONDS)
        except signing.BadSignature:
            return None
        stamp = self.cleaned_data["opened"].rsplit(":", 2)[1]
        return max(0, int(timezone.now().timestamp()) - signing.b62_decode(stamp))

    def _offer_kinds(self, kinds):
        self.fields["kind"].choices = [(str(kind.pk), kind.label) for kind in self.chips]
        groups: dict[str, list] = {}
        for kind in kinds:
            groups.setdefault(str(kind.get_group_display()), []).append((str(kind.pk), kind.label))
        self.fields["other_kind"].choices = [("", "—"), *groups.items()]
        posted = self.data.get("kind") if self.is_bound else None
        if posted in self.kinds and posted not in dict(self.fields["kind"].choices):
            self.fields["kind"].choices.append((posted, self.kinds[posted].label))

    def _abouts(self):
        offered = log.about(self.user, self.today)
        groups = [(GROUP_LABELS[name], [(one.value, one.label) for one in found]) for name, found in offered if found]
        chosen = self.data.get("about") if self.is_bound else self.initial.get("about")
        known = {value for _label, group in groups for value, _name in group}
        if chosen and chosen not in known and (one := log.one_about(self.user, chosen)):
            groups.insert(0, (_("Chosen"), [(one.value, one.label)]))
        return [("", _("My own unit"))] + groups

    def _day_label(self, back: int) -> str:
        day = self.today - timedelta(days=back)
        names = {0: _("Today"), 1: _("Yesterday"), 2: _("The day before yesterday")}
        shown = f"{day.month}-{day.day} {date_format(day, 'D')}"
        return f"{names[back]} {shown}" if back in names else shown


class VoidForm(Form):
    """Why an entry is taken back."""

    reason = forms.ChoiceField(
        label=_("why taken back"),
        choices=[(choice, choice.label) for choice in (VoidReason.MISTAKE, VoidReason.DOUBLE)],
    )


class ActivityFilterForm(Form):
    """What narrows the list of activities, and its export."""

    organisation = forms.ModelChoiceField(Organisation.objects.none(), label=_("organisation"), required=False)
    group = forms.ChoiceField(label=_("group"), required=False)
    kind = forms.ModelChoiceField(Kind.objects.none(), label=_("kind"), required=False)
    first_on = forms.DateField(label=_("from"), required=False, widget=DAY_INPUT)
    last_on = forms.DateField(label=_("to"), required=False, widget=DAY_INPUT)
    text = forms.CharField(label=_("words in the line"), max_length=60, required=False)
    mine = forms.BooleanField(label=_("entered by me"), required=False)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = scope.reporting_bodies(user)
        groups = [(str(group), group.label) for group in GROUPS[Domain.ACTIVITY]]
        self.fields["group"].choices = [("", "—"), *groups]
        self.fields["kind"].queryset = Kind.objects.visible_to(user).of(Domain.ACTIVITY)

    def clean(self):
        cleaned = super().clean()
        first, last = cleaned.get("first_on"), cleaned.get("last_on")
        if first and last and last < first:
            self.add_error("last_on", _("The last day lies before the first."))
        return cleaned
