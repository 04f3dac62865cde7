"""Cadences on the desk: who owes what how often, from when, until when."""

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from members.admin.base import ScopedAdmin
from members.admin.site import desk
from members.models import User
from members.permissions import Permission
from services.actions import duty as action
from services.admin.vocabulary import OwnerMixin
from services.models import Domain, Duty, Kind
from services.models.pairing import Proof

BOUND = ("pairing_kind", "body_kind", "body")
NAMED = {Proof.ACTIVITY: Domain.ACTIVITY, Proof.GRANT: Domain.GRANT}


class DutyForm(forms.ModelForm):
    """Asks for one thing a duty binds, and for the kind where entries of a kind fulfil it."""

    def clean(self) -> dict:
        cleaned = super().clean()
        if "proof" not in self.fields:
            return cleaned
        if sum(bool(cleaned.get(name)) for name in BOUND) != 1:
            self.add_error(
                "pairing_kind",
                _("Say for whom: choose either a kind of pairing, a sort of organisation, or one organisation."),
            )
        proof, kind = cleaned.get("proof"), cleaned.get("proof_kind")
        domain = NAMED.get(proof)
        if domain and (kind is None or kind.domain != domain):
            self.add_error("proof_kind", _("Choose the kind of entries that fulfil it, under “of the kind”."))
        elif proof and not domain and kind is not None:
            self.add_error("proof_kind", _("Leave the kind empty: what fulfils it is said already."))
        if proof and not domain and not cleaned.get("pairing_kind"):
            self.add_error("proof", _("Organisations owe an activity or something given: choose one of these."))
        if cleaned.get("pairing_kind") and cleaned["pairing_kind"].domain != Domain.PAIRING:
            self.add_error("pairing_kind", _("Choose a kind of pairing."))
        return cleaned


@admin.register(Duty, site=desk)
class DutyAdmin(OwnerMixin, ScopedAdmin):
    """The cadences from which today's work and what is overdue are computed."""

    permission = Permission.MANAGE_VOCABULARIES
    form = DutyForm
    list_display = ["label", "bound", "every", "fulfilled", "owner", "starts_on", "ends_on"]
    list_filter = ["every", "proof"]
    list_select_related = ["organisation", "pairing_kind", "body", "proof_kind"]
    search_fields = ["label"]
    ordering = ["ends_on", "pk"]
    fields = ["label", *BOUND, "every", "proof", "proof_kind", "organisation", "starts_on"]
    autocomplete_fields = ["pairing_kind", "body", "proof_kind", "organisation"]

    def get_fields(self, request: HttpRequest, obj: Duty | None = None) -> list[str]:
        return [*self.fields, "ends_on"] if obj else self.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Duty | None = None) -> list[str]:
        return self.fields[1:] if obj else []

    def choices_for(self, db_field: models.ForeignKey, request: HttpRequest) -> models.QuerySet:
        if db_field.related_model is Kind:
            return Kind.objects.visible_to(request.user).filter(retired_on=None)
        return super().choices_for(db_field, request)

    def store(self, by: User, obj: Duty, values: dict, change: bool) -> Duty:
        if change:
            return action.change(duty=obj, by=by, **values)
        return action.add(by=by, **values)

    @admin.display(description=_("for whom"))
    def bound(self, row: Duty) -> str:
        return str(row.pairing_kind or row.body or row.get_body_kind_display())

    @admin.display(description=_("fulfilled by"))
    def fulfilled(self, row: Duty) -> str:
        return str(row.proof_kind or row.get_proof_display())
