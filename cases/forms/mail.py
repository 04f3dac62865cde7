"""What an editor makes of a letter: cases, or a part of one."""

import re

from django import forms
from django.utils.translation import gettext_lazy as _

from cases import queries, queries_mail
from cases.forms.call_choice import PlaceField
from cases.forms.link import indented
from cases.models import MessagePart
from config.forms import Form
from members.forms.organisation import OrganisationField
from members.models import Organisation
from members.models.organisation import under_paths
from members.permissions import Permission

ENCLOSURE = re.compile(
    "申报表|推荐表|审批表|登记表|汇总表|统计表|证明|承诺书|回执|名单"
)  # our choice: no case by its name


class MailFilterForm(Form):
    """How the list is narrowed."""

    q = forms.CharField(label=_("Subject or sender"), max_length=100, required=False, widget=forms.SearchInput)


class AdmitForm(Form):
    """Which texts of a letter become cases, and whose they are."""

    parts = forms.ModelMultipleChoiceField(
        MessagePart.objects.none(),
        label=_("Texts that become cases, one each"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose the letter's own text, or a document, that becomes a case.")},
    )
    organisation = OrganisationField(
        Organisation.objects.none(), label=_("Submitting organisation"), empty_label=_("Choose it")
    )
    place = PlaceField(help_text=_("The day the letter came decides whether it is in time."))

    def __init__(self, *args, message, user, **kwargs):
        super().__init__(*args, auto_id="id_admit_%s", **kwargs)
        self.fields["place"].offer(user.paths(Permission.EDIT_CASE), with_closed=True)
        texts = message.parts.filter(use=MessagePart.Use.TEXT).order_by("position")
        self.fields["parts"].queryset = texts
        documents = [part for part in texts if part.name]
        stories = [part.pk for part in documents if not ENCLOSURE.search(part.name)]
        self.fields["parts"].initial = stories or [part.pk for part in documents or texts]
        paths = user.paths(Permission.EDIT_CASE)
        top = min((path.count(".") for path in paths), default=1)
        bodies = Organisation.objects.visible_to(user).current().filter(under_paths("path", paths))
        self.fields["organisation"].queryset = bodies.order_by("path")
        self.fields["organisation"].label_from_instance = lambda body: indented(body, top)
        earlier = queries_mail.organisation_of_sender(message)
        self.fields["organisation"].initial = earlier.pk if earlier in bodies else None


class AttachForm(Form):
    """The case a letter belongs to, and the document that is its changed text."""

    number = forms.CharField(
        label=_("Number of the case"),
        max_length=40,
        help_text=_("As it stands on the page of the case, with its year."),
    )
    part = forms.ModelChoiceField(
        MessagePart.objects.none(),
        label=_("Changed text"),
        required=False,
        empty_label=_("None: the letter only belongs to the case"),
        help_text=_("It becomes the next revision if the case lies with its unit for changes."),
    )

    def __init__(self, *args, message, user, **kwargs):
        super().__init__(*args, auto_id="id_attach_%s", **kwargs)
        self.user = user
        documents = message.parts.filter(use=MessagePart.Use.TEXT).exclude(name="").order_by("position")
        self.fields["part"].queryset = documents
        if message.case is not None:
            self.fields["number"].initial = message.case.number
            self.fields["part"].initial = documents[0] if len(documents) == 1 else None

    def clean_number(self):
        case = queries.find_by_number(self.user, self.cleaned_data["number"])
        if case is None:
            raise forms.ValidationError(_("There is no case of this number in your scope. Look it up under All cases."))
        return case
