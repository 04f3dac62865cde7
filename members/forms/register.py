"""Forms of the register. Typed numbers are never sent back into a page: they are typed once more instead."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.forms import Form, Helper, ModelForm
from members import identity, identity_faults, queries
from members.forms.organisation import OrganisationField
from members.models import Organisation, Person, RevealReason, Vehicle
from members.models.register import LINKS

DAY_INPUT = forms.DateInput({"type": "date"}, format="%Y-%m-%d")


class NumberInput(forms.TextInput):
    """A box for a number of a person: it is not remembered by the browser and never shown again."""

    def __init__(self, mode="text"):
        super().__init__({"autocomplete": "off", "inputmode": mode, "spellcheck": "false", "autocapitalize": "off"})

    def format_value(self, value):
        return None


class NumberField(forms.CharField):
    """Reads a number by `read`; refuses it with the sentence for its fault."""

    def __init__(self, *args, read, faults, mode="text", **kwargs):
        self.read = read
        self.faults = faults
        super().__init__(*args, max_length=60, widget=NumberInput(mode), **kwargs)

    def clean(self, value):
        text = super().clean(value)
        if not text:
            return ""
        reading = self.read(text)
        if not reading.is_usable:
            raise ValidationError(identity_faults.SENTENCES[self.faults, reading.fault])
        return reading.value


def identity_field(**kwargs):
    return NumberField(label=_("identity number"), read=identity.read_id, faults="id_no", required=False, **kwargs)


def phone_field(**kwargs):
    return NumberField(
        label=_("mobile number"), read=identity.read_phone, faults="phone", mode="tel", required=False, **kwargs
    )


class PersonForm(ModelForm):
    """A person with links. An empty number leaves the registered one as it is."""

    identity = identity_field()
    phone = phone_field()

    class Meta:
        model = Person
        fields = ["name", "organisation", *LINKS]
        labels = {"name": _("full name")}

    field_order = ["name", "identity", "phone", "organisation", *LINKS]

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        kept = Organisation.objects.filter(pk=self.instance.organisation_id)
        self.fields["organisation"].queryset = queries.keepers(user) | kept
        self.fields["organisation"].initial = user.organisation_id
        for link in LINKS:
            current = Organisation.objects.filter(pk=getattr(self.instance, f"{link}_id"))
            self.fields[link].queryset = queries.link_choices(user, link) | current
        again = _("For protection the number is not shown again: after an error, type it once more.")
        self.fields["identity"].help_text = self.fields["phone"].help_text = again
        if self.instance.pk:
            for name in ("identity", "phone"):
                if masked := getattr(self.instance, f"{name}_masked"):
                    self.fields[name].help_text = _("Registered: %(masked)s. Leave empty to keep it.") % {
                        "masked": masked
                    }

    def clean_name(self):
        return " ".join(self.cleaned_data["name"].split())

    def _post_clean(self):
        """Leave the instance alone: the action changes it."""


class PeopleFilterForm(Form):
    """What narrows the list. Numbers have a form of their own, since this one stands in addresses."""

    name = forms.CharField(label=_("full name"), max_length=60, required=False)
    organisation = OrganisationField(Organisation.objects.none(), label=_("organisation"), required=False)
    missing = forms.ChoiceField(label=_("missing"), required=False)
    kind = forms.ChoiceField(label=_("kind of vehicle"), required=False)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = (
            Organisation.objects.visible_to(user).filter(people__isnull=False).distinct().order_by("name", "pk")
        )
        names = [(name, Person._meta.get_field(name).verbose_name) for name in LINKS]
        numbers = [("identity", _("identity number")), ("phone", _("mobile number"))]
        self.fields["missing"].choices = [("", "—"), *names, *numbers]
        self.fields["kind"].choices = [("", "—"), *Vehicle.Kind.choices]


class FindForm(Form):
    """One box for a name, an identity number, a phone or a plate. It is posted, so no number stands in an address."""

    text = forms.CharField(
        label=_("Name, or exact identity number, mobile number or plate"), max_length=60, widget=NumberInput()
    )


class RevealForm(Form):
    """Which number, and why."""

    place = forms.ChoiceField(
        label=_("Which number"),
        choices=[("identity", _("identity number")), ("phone", _("mobile number"))],
        widget=forms.RadioSelect,
    )
    reason = forms.ChoiceField(label=_("Reason"), choices=[("", "—"), *RevealReason.choices])


class PostForm(Form):
    """An office in an organisation."""

    organisation = OrganisationField(Organisation.objects.none(), label=_("organisation"))
    title = forms.CharField(label=_("title"), max_length=60)
    from_on = forms.DateField(label=_("from"), widget=DAY_INPUT)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, prefix="post", **kwargs)
        self.fields["organisation"].queryset = queries.kept_organisations(user).order_by("name", "pk")
        self.fields["from_on"].initial = timezone.localdate


class PersonVehicleForm(Form):
    """A vehicle the person keeps, drives, or both."""

    plate = forms.CharField(label=_("plate"), max_length=20)
    kind = forms.ChoiceField(label=_("kind of vehicle"), choices=Vehicle.Kind.choices)
    roles = forms.MultipleChoiceField(
        label=_("This person"),
        choices=[("keeper", _("keeps it")), ("driver", _("drives it"))],
        widget=forms.CheckboxSelectMultiple,
        initial=["driver"],
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, prefix="vehicle", **kwargs)

    def clean_plate(self):
        reading = identity.read_plate(self.cleaned_data["plate"])
        if not reading.is_usable:
            raise ValidationError(identity_faults.SENTENCES["plate", reading.fault])
        return reading.value


class VehicleForm(Form):
    """What may change on a vehicle; a new keeper or driver is entered on that person's page."""

    kind = forms.ChoiceField(label=_("kind of vehicle"), choices=Vehicle.Kind.choices)
    drop_keeper = forms.BooleanField(label=_("no longer kept by this person"), required=False)
    drop_driver = forms.BooleanField(label=_("no longer driven by this person"), required=False)

    def __init__(self, *args, vehicle, **kwargs):
        super().__init__(*args, initial={"kind": vehicle.kind}, **kwargs)
        for role in ("keeper", "driver"):
            if getattr(vehicle, f"{role}_id") is None:
                del self.fields[f"drop_{role}"]
        self.helper = Helper(self)


class VehicleFilterForm(Form):
    plate = forms.CharField(label=_("part of the plate"), max_length=10, required=False)
    kind = forms.ChoiceField(label=_("kind of vehicle"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [("", "—"), *Vehicle.Kind.choices]


class EnterpriseForm(ModelForm):
    """An enterprise with its checked credit code."""

    uscc = forms.CharField(label=_("unified social credit code"), max_length=30, required=False)

    class Meta:
        model = Organisation
        fields = ["name", "short_name", "uscc", "parent", "region"]

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["parent"].queryset = queries.keepers(user)
        self.fields["parent"].initial = user.organisation_id
        self.fields["parent"].required = True
        self.fields["region"].queryset = queries.near_regions(user).order_by("code")
        if self.instance.pk:
            del self.fields["parent"]
            self.helper = Helper(self)

    def clean_uscc(self):
        text = self.cleaned_data["uscc"]
        if not text:
            return ""
        reading = identity.read_credit_code(text)
        if not reading.is_usable:
            raise ValidationError(identity_faults.SENTENCES["credit_code", reading.fault])
        if Organisation.objects.filter(uscc=reading.value).exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("An organisation with this credit code exists already."))
        return reading.value

    def _post_clean(self):
        """Leave the instance alone: the action changes it."""


class NameFilterForm(Form):
    name = forms.CharField(label=_("name"), max_length=60, required=False)
