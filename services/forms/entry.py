"""Forms for an entry made before: what it says, and who took part."""

import re
from collections.abc import Callable

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.forms import Form
from members.forms.organisation import OrganisationField
from members.models import Organisation
from members.permissions import Permission
from services.forms.pairing import one_named
from services.models import Campaign, Kind, Matter, Pairing, Participation, Venue
from services.models.activity import Channel
from services.models.ledger import EARLIEST
from services.queries import entry, log
from services.queries.pairing import told_apart

DAY_INPUT = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
SHOWN = 6
State = Participation.State


class RowField(forms.CharField):
    """One row of the ledger by its name; what the entry names already is taken as it stands."""

    def __init__(self, lookups: tuple[str, ...], written: Callable[[Model], str], **kwargs):
        super().__init__(max_length=160, required=False, **kwargs)
        self.lookups, self.written = lookups, written

    def offer(self, rows: QuerySet, current: Model | None) -> None:
        """Say among which rows is looked, and which one the entry names now."""
        self.rows, self.current = rows, current
        self.initial = self.written(current) if current is not None else ""

    def clean(self, value: str) -> Model | None:
        """Find the row. Raises: ValidationError that says what to write instead."""
        text = " ".join(super().clean(value).split())
        if not text or text == self.initial:
            return self.current if text else None
        exact, near = Q(), Q()
        for lookup in self.lookups:
            exact |= Q(**{lookup: text})
            near |= Q(**{f"{lookup}__icontains": text})
        found = list(self.rows.filter(exact)[:2]) or list(self.rows.filter(near).order_by("-pk")[: SHOWN + 1])
        if len(found) == 1:
            return found[0]
        if found:
            names = "、".join(self.written(row) for row in found[:SHOWN])
            raise ValidationError(_("Several match: %(names)s. Write one of them in full.") % {"names": names})
        raise ValidationError(_("Nothing in your ledger is called that. Look at the characters, or leave it empty."))


class EntryForm(Form):
    """What an entry says. Whose ledger it stands in, and when and by whom it was entered, stays."""

    seen = forms.CharField(max_length=16, widget=forms.HiddenInput)
    kind = forms.ModelChoiceField(Kind.objects.none(), label=_("kind"))
    happened_on = forms.DateField(label=_("date"), widget=DAY_INPUT)
    line = forms.CharField(label=_("One line"), max_length=200, required=False)
    headcount = forms.IntegerField(
        label=_("number of people"),
        min_value=1,
        max_value=1_000_000,
        required=False,
        help_text=_("At a training: how many completed it."),
    )
    body = OrganisationField(
        Organisation.objects.none(), label=_("organisation visited or meeting"), required=False, empty_label="—"
    )
    pairing = RowField(
        ("helped__name", "helped_organisation__name"),
        lambda row: row.helped_name,
        label=_("pairing"),
        help_text=_("Who is helped, by name."),
    )
    venue = RowField(("name",), lambda row: row.name, label=_("venue"))
    place = forms.CharField(label=_("place"), max_length=100, required=False)
    campaign = forms.ModelChoiceField(Campaign.objects.none(), label=_("campaign"), required=False, empty_label="—")
    matter = RowField(("title",), lambda row: row.title, label=_("matter"), help_text=_("Words of its first line."))
    co_organisations = forms.CharField(
        label=_("together with"), max_length=600, required=False, help_text=_("Names of organisations, separated by 、")
    )
    channel = forms.ChoiceField(label=_("how"), choices=Channel.choices)
    title = forms.CharField(label=_("title"), max_length=100, required=False)

    def __init__(self, *args, user, activity, **kwargs):
        self.user, self.activity = user, activity
        kwargs["initial"] = {name: getattr(activity, name) for name in entry.FIELDS} | {"seen": entry.stamp(activity)}
        super().__init__(*args, **kwargs)
        self.joined = {body.name: body for body in activity.co_organisations.order_by("name", "pk")}
        self.initial["co_organisations"] = "、".join(self.joined)
        self.fields["kind"].queryset = (log.kinds_for(user) | Kind.objects.filter(pk=activity.kind_id)).order_by(
            "position", "pk"
        )
        bodies = log.named_bodies(user)
        if activity.body_id is not None:
            bodies |= Organisation.objects.filter(pk=activity.body_id)
        self.fields["body"].queryset = bodies.order_by("name", "pk")
        campaigns = Campaign.objects.within(user, Permission.LOG_ACTIVITY).running_on(activity.happened_on)
        if activity.campaign_id is not None:
            campaigns |= Campaign.objects.filter(pk=activity.campaign_id)
        self.fields["campaign"].queryset = campaigns.order_by("name", "pk")
        rows = {
            "pairing": Pairing.objects.within(user, Permission.LOG_ACTIVITY).standing().with_row(),
            "venue": Venue.objects.within(user, Permission.LOG_ACTIVITY),
            "matter": Matter.objects.within(user, Permission.LOG_ACTIVITY),
        }
        for name, offered in rows.items():
            self.fields[name].offer(offered, getattr(activity, name))
            self.initial[name] = self.fields[name].initial

    def clean_happened_on(self):
        day = self.cleaned_data["happened_on"]
        if day > timezone.localdate():
            raise ValidationError(_("This day lies ahead. What has not happened yet cannot be logged."))
        if day < EARLIEST:
            raise ValidationError(_("This day lies too far back. Look at the year."))
        entered = timezone.localdate(self.activity.logged_at)
        if day > entered:
            raise ValidationError(
                _("This was entered on %(day)s, so it cannot have happened later. Log the later one anew.")
                % {"day": entered.isoformat()}
            )
        return day

    def clean_co_organisations(self):
        names = [name.strip() for name in re.split("[、,，;；]", self.cleaned_data["co_organisations"]) if name.strip()]
        found = [self.joined.get(name) or one_named(self.user, name, people=False) for name in names]
        return list(dict.fromkeys(found))

    def clean(self):
        cleaned = super().clean()
        kind = cleaned.get("kind")
        about = any(cleaned.get(name) for name in ("body", "pairing", "venue"))
        if kind is not None and kind.is_body_needed and not about and "body" not in self.errors:
            self.add_error("body", _("Choose the enterprise or branch: without it this kind cannot be counted."))
        return cleaned


class PeopleForm(Form):
    """Who took part: the branch's members with the absent marked, and names typed or pasted in.

    A name that several people bear gets a field of its own that asks which of them is meant.
    """

    names = forms.CharField(
        label=_("Names"),
        max_length=6000,
        required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text=_(
            "Type or paste as many as you like, separated by 、 or lines. "
            "For a namesake add the employer after a space."
        ),
    )
    state = forms.ChoiceField(
        label=_("What they did"),
        choices=[(one, one.label) for one in (State.PRESENT, State.COMPLETED, State.VISITED)],
    )
    is_whole_branch = forms.BooleanField(
        label=_("Everybody of the branch who is not marked absent was there"), required=False
    )

    def __init__(self, *args, user, activity, **kwargs):
        super().__init__(*args, **kwargs)
        self.user, self.noted = user, self._noted(activity)
        self.branch = entry.branch_of(activity)
        self.members = entry.members_of(user, self.branch)
        self.fields["state"].initial = entry.usual_state(activity)
        if self.members:
            self.fields["is_whole_branch"].initial = activity.kind.group == "party_life"
        else:
            del self.fields["is_whole_branch"]
        known = {person.pk: person for person in self.members} | {
            row.person_id: row.person for row in self.noted.values()
        }
        self.people = sorted(known.values(), key=lambda person: (person.name, person.pk))
        for person in self.people:
            self._add_row(person)
        if self.is_bound:
            self._ask_back()

    def _noted(self, activity):
        rows = activity.participations.select_related("person").order_by("person__name", "pk")
        return {row.person_id: row for row in rows}

    def _add_row(self, person):
        row = self.noted.get(person.pk)
        is_absent = row is not None and row.state == State.ABSENT
        self.fields[f"absent_{person.pk}"] = forms.BooleanField(
            label=_("%(name)s was absent") % {"name": person.name}, required=False, initial=is_absent
        )
        self.fields[f"reason_{person.pk}"] = forms.CharField(
            label=_("Why %(name)s was absent") % {"name": person.name},
            max_length=100,
            required=False,
            initial=row.reason if row else "",
        )
        if row is not None:
            self.fields[f"remove_{person.pk}"] = forms.BooleanField(
                label=_("Take %(name)s off the list") % {"name": person.name}, required=False
            )

    def _ask_back(self):
        """Add a field for every pasted name that several people bear."""
        self.asked = entry.meant(self.user, str(self.data.get("names", ""))[:6000])[: entry.NAMES_AT_ONCE + 1]
        for number, one in enumerate(self.asked):
            if len(one.people) > 1:
                self.fields[f"who_{number}"] = forms.ChoiceField(
                    label=_("Which %(name)s") % {"name": one.text},
                    required=False,
                    choices=[("", "—"), *((str(person.pk), told_apart(person)) for person in one.people)],
                )

    @property
    def rows(self):
        """The list of people as the page prints it: person, what is noted, and the fields of the row."""
        return [
            (
                person,
                self.noted.get(person.pk),
                self[f"absent_{person.pk}"],
                self[f"reason_{person.pk}"],
                self[f"remove_{person.pk}"] if person.pk in self.noted else None,
            )
            for person in self.people
        ]

    @property
    def questions(self):
        """The fields that ask which namesake is meant."""
        return [self[name] for name in self.fields if name.startswith("who_")]

    def clean(self):
        cleaned = super().clean()
        if len(self.asked) > entry.NAMES_AT_ONCE:
            self.add_error("names", _("These are more than 300 names. Enter them in several goes."))
            return cleaned
        self.named, unknown = [], []
        for number, one in enumerate(self.asked):
            if not one.people:
                unknown.append(one.text)
            elif len(one.people) == 1:
                self.named.append(one.people[0])
            elif chosen := next((p for p in one.people if str(p.pk) == cleaned.get(f"who_{number}")), None):
                self.named.append(chosen)
            elif f"who_{number}" not in self.errors:
                self.add_error(f"who_{number}", _("Several people are called that. Choose who is meant."))
        if unknown:
            self.add_error(
                "names",
                _("Not in the register: %(names)s. Look at the characters, take them out, or register them first.")
                % {"names": "、".join(unknown)},
            )
        return cleaned

    @property
    def noting(self):
        """What the action takes: each person's state with the reason, and who is taken off the list."""
        data, states, removed = self.cleaned_data, {}, []
        for person in self.people:
            row = self.noted.get(person.pk)
            if data.get(f"remove_{person.pk}"):
                removed.append(person)
            elif data[f"absent_{person.pk}"]:
                states[person] = (State.ABSENT, data[f"reason_{person.pk}"])
            elif row is not None:
                states[person] = (State.PRESENT if row.state == State.ABSENT else row.state, "")
            elif data.get("is_whole_branch"):
                states[person] = (State.PRESENT, "")
        states |= dict.fromkeys(self.named, (data["state"], ""))
        return {"states": states, "removed": [one for one in removed if one not in states]}
