"""What a reader writes, and which comments an editor decides."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.models import Comment
from config.forms import REQUIRED, Form
from config.text import unseen

BODY_LENGTH = Comment._meta.get_field("body").max_length
NAME_LENGTH = Comment._meta.get_field("name").max_length


class CommentForm(Form):
    """A reader's comment. `website` is for robots: people do not see it."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=NAME_LENGTH,
        help_text=_("Shown beside the comment; it need not be your full name."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    body = forms.CharField(
        label=_("Your comment"),
        max_length=BODY_LENGTH,
        help_text=_("At most 1,000 characters, plain text. It is shown once an editor has approved it."),
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    website = forms.CharField(
        label=_("Leave this field empty"),
        required=False,
        widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # A browser would cut a pasted text without a word; here it comes back whole, with a sentence.
        del self.fields["body"].widget.attrs["maxlength"]

    def clean_name(self):
        name = " ".join(unseen.without_unseen(self.cleaned_data["name"]).split())
        if not name:
            raise forms.ValidationError(REQUIRED, code="required")
        return name

    def clean_body(self):
        lines = self.cleaned_data["body"].replace("\r\n", "\n").replace("\r", "\n").split("\n")
        kept = [line.rstrip() for line in lines]
        return "\n".join(line for at, line in enumerate(kept) if line or (at and kept[at - 1])).strip("\n")

    @property
    def is_robot(self):
        return bool(self.cleaned_data.get("website"))


class ModerationForm(Form):
    """Which comments are decided, and how; offers only those in the editor's scope."""

    comments = forms.ModelMultipleChoiceField(
        Comment.objects.none(),
        error_messages={
            "required": _("Tick at least one comment first."),
            "invalid_choice": _("One of these comments is not yours to decide. Reload the page."),
            "invalid_pk_value": _("One of these comments is not yours to decide. Reload the page."),
        },
    )
    state = forms.ChoiceField(choices=[(Comment.State.APPROVED, ""), (Comment.State.REJECTED, "")])

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["comments"].queryset = Comment.objects.visible_to(user)
