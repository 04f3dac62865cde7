"""Forms of files: one added to a row of the ledger, and a policy paper with what stands at its head."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.forms import Form
from config.uploads import gate
from members.forms.organisation import OrganisationField
from members.forms.register import DAY_INPUT
from members.models import Organisation
from services.models import Attachment
from services.models.ledger import EARLIEST
from services.queries import attachment as queries
from services.queries import scope

SORT = Attachment.Sort
TOO_LARGE = _("The file is larger than %(limit)d MB. Make it smaller, or send its parts one by one.")


def _file(door, label, text):
    accept = ",".join(gate.DOORS[door].extensions)
    return forms.FileField(label=label, help_text=text, widget=forms.FileInput({"accept": accept}))


class FileForm(Form):
    """What both forms share: the file, and the paper's number and day."""

    def __init__(self, *args, oversized=(), **kwargs):
        super().__init__(*args, **kwargs)
        if "file" in oversized:  # dropped while it arrived; everything else was kept
            limit = gate.DOORS["attachment"].limit_bytes // gate.MEGABYTE
            self.fields["file"].error_messages["required"] = TOO_LARGE % {"limit": limit}

    def clean_issued_on(self):
        day = self.cleaned_data["issued_on"]
        if day and not EARLIEST <= day <= timezone.localdate():
            raise ValidationError(_("A paper is dated today or earlier: check the year and the month."))
        return day

    @property
    def entry(self):
        """What the action wants to know, without the file."""
        return {name: value for name, value in self.cleaned_data.items() if name != "file"}


class AttachmentForm(FileForm):
    file = _file("attachment", _("Photo or file"), _("Photo, PDF, Word (.docx) or Excel (.xlsx), at most 20 MB."))
    sort = forms.ChoiceField(
        label=_("What it is"),
        choices=[(SORT.FILE, _("Photo or file")), (SORT.AGREEMENT, SORT.AGREEMENT.label)],
        widget=forms.RadioSelect,
        initial=SORT.FILE,
    )
    title = forms.CharField(
        label=_("title"), max_length=120, required=False, help_text=_("Left empty, it is the file's own name.")
    )
    number = forms.CharField(label=_("document number"), max_length=60, required=False)
    issued_on = forms.DateField(label=_("issued or signed on"), widget=DAY_INPUT, required=False)


class PaperForm(FileForm):
    """A policy paper (制度文件)."""

    title = forms.CharField(label=_("title"), max_length=120)
    number = forms.CharField(label=_("document number"), max_length=60, required=False)
    issuer = OrganisationField(Organisation.objects.none(), label=_("issued by"))
    issued_on = forms.DateField(label=_("issued on"), widget=DAY_INPUT)
    file = _file("paper", _("file"), _("PDF or Word (.docx), at most 20 MB."))
    organisation = OrganisationField(Organisation.objects.none(), label=_("kept by"))

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        own = scope.own_body(user, queries.KEEP_PAPERS)
        self.fields["issuer"].queryset = queries.issuers(user)
        self.fields["organisation"].queryset = scope.reporting_bodies(user, queries.KEEP_PAPERS)
        self.fields["issuer"].initial = self.fields["organisation"].initial = own

    def clean_title(self):
        return " ".join(self.cleaned_data["title"].split())


class PaperFilterForm(Form):
    """What narrows the list of papers, and its export: one sort at a time."""

    sort = forms.ChoiceField(label=_("sort"), choices=SORT.choices, required=False, widget=forms.HiddenInput)
    text = forms.CharField(label=_("in the title or the number"), max_length=60, required=False)
    issuer = OrganisationField(Organisation.objects.none(), label=_("issued by"), required=False)
    year = forms.TypedChoiceField(label=_("year"), coerce=int, empty_value=None, required=False)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        rows = Attachment.objects.visible_to(user).standing()
        self.fields["issuer"].queryset = Organisation.objects.filter(
            pk__in=rows.exclude(issuer=None).values("issuer")
        ).order_by("name", "pk")
        years = rows.exclude(issued_on=None).dates("issued_on", "year", order="DESC")
        self.fields["year"].choices = [("", "—"), *((str(day.year), str(day.year)) for day in years)]
