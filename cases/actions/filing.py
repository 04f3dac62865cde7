"""Putting right what a case is filed under: its field and its organisation. The text is never touched here."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.actions import library
from cases.actions.case import locked
from cases.models import Assignment, Case, Recusal, Review, SubjectField
from config.errors import Refused
from members import audit
from members.actions.organisation import GAIN
from members.models import Organisation, User
from members.permissions import Permission


@transaction.atomic
def classify(*, case: Case, field: SubjectField | None, by: User) -> None:
    """Set the field of a case, in the library too where it is public.

    Raises: Refused for a retired field. Side effects in order: lock, row, library entry, audit row.
    """
    case = locked(case.pk)
    _check(case.organisation, by)
    if field is not None and field.retired_on is not None:
        raise Refused(_("This field is retired. Choose one that is in use."), code="retired")
    if case.field_id == (field.pk if field else None):
        return
    before, case.field = case.field_id, field
    case.save(update_fields=["field"])
    _reprint(case)
    audit.record(actor=by, event="case.classify", target=case, before=before, after=field.pk if field else None)


@transaction.atomic
def reassign(*, case: Case, organisation: Organisation, by: User) -> None:
    """Say that a case was submitted by another organisation; who may see it changes with it.

    Raises: Refused outside the steward's organisations, for a closed one, and when the steward would gain rights.
    Side effects in order: lock, row, its assignments, library entry, audit row.
    """
    case = locked(case.pk)
    _check(case.organisation, by)
    _check(organisation, by)
    if by.would_gain(case.organisation, organisation):
        raise Refused(GAIN, code="own_gain")
    if organisation.closed_on is not None or organisation.merged_into_id is not None:
        raise Refused(_("This organisation is closed. Choose one that exists."), code="closed")
    if case.organisation_id == organisation.pk:
        return
    before, case.organisation = case.organisation_id, organisation
    case.save(update_fields=["organisation"])
    for model in (Assignment, Recusal, Review):
        model.objects.filter(case=case).update(organisation=organisation, organisation_path=organisation.path)
    _reprint(case)
    audit.record(actor=by, event="case.reassign", target=case, before=before, after=organisation.pk)


@transaction.atomic
def credit(*, case: Case, contributor_name: str, by: User) -> None:
    """Correct the name printed as the contributor. Side effects in order: lock, row, library entry, audit row."""
    case = locked(case.pk)
    _check(case.organisation, by)
    if case.contributor_name == contributor_name:
        return
    case.contributor_name = contributor_name
    case.save(update_fields=["contributor_name"])
    _reprint(case)
    audit.record(actor=by, event="case.credit", target=case, fields=["contributor_name"])


def _check(organisation: Organisation, by: User) -> None:
    if not by.has_permission(Permission.MANAGE_VOCABULARIES, organisation):
        raise Refused(_("The organisation lies outside the subtree you look after."), code="outside_scope")


def _reprint(case: Case) -> None:
    if case.state == Case.State.PUBLISHED:
        library.put_in(case=case, at=timezone.now())
