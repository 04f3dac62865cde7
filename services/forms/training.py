"""Which trainings are listed, and the certificates given after one."""

from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from config.forms import Form
from services.forms.entry import DAY_INPUT
from services.forms.indicator import ScopeForm
from services.models import Domain, Group, Kind
from services.queries.pairing import told_apart


class TrainingFilterForm(ScopeForm):
    """The organisation with everything under it, the period, and one kind of training."""

    kind = forms.ModelChoiceField(Kind.objects.none(), label=_("kind"), required=False, empty_label="—")

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, user=user, **kwargs)
        self.fields["kind"].queryset = Kind.objects.visible_to(user).of(Domain.ACTIVITY, Group.TRAINING)


class CertifyForm(Form):
    """One certificate for everybody chosen among those who completed the training."""

    once = forms.UUIDField(widget=forms.HiddenInput)
    kind = forms.ModelChoiceField(Kind.objects.none(), label=_("certificate"), empty_label=None)
    name = forms.CharField(label=_("what it says"), max_length=100)
    given_on = forms.DateField(label=_("given on"), widget=DAY_INPUT)
    issuer = forms.CharField(label=pgettext_lazy("certificate", "issued by"), max_length=100, required=False)
    people = forms.MultipleChoiceField(label=_("Who gets it"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args, user, activity, people, **kwargs):
        super().__init__(*args, **kwargs)
        self.people = {str(person.pk): person for person in people}
        self.fields["once"].initial = uuid4
        kinds = Kind.objects.visible_to(user).in_use().of(Domain.GRANT, Group.CERTIFICATE)
        self.fields["kind"].queryset = kinds
        self.fields["kind"].initial = kinds.filter(code="training-certificate").first()
        self.fields["name"].initial = _("Completed: %(training)s") % {"training": activity.title or activity.kind}
        self.fields["given_on"].initial = timezone.localdate
        self.fields["people"].choices = [(key, told_apart(person)) for key, person in self.people.items()]
        self.fields["people"].initial = list(self.people)
        self.fields["people"].error_messages["required"] = _("Choose at least one person.")

    def clean_given_on(self):
        if self.cleaned_data["given_on"] > timezone.localdate():
            raise ValidationError(_("This day lies ahead: enter the certificate when it is given."))
        return self.cleaned_data["given_on"]

    def clean_people(self):
        return [self.people[key] for key in self.cleaned_data["people"]]
