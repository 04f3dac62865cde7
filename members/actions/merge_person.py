"""Merging two entries of one person, and undoing it: rows re-pointed, numbers set aside sealed, two leads made one."""

from dataclasses import dataclass

from django.db import models, transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from config.errors import Refused
from config.sealed import seal, unseal
from members import audit
from members.actions import merge as merging
from members.actions.merge import Reference
from members.actions.register import OUTSIDE
from members.middleware import whole_scope
from members.models import Development, ImportRow, Lead, Merge, MergeStep, Person, PriorValue, User
from members.models.development import Stage
from members.models.discovery import LeadState
from members.models.register import LINKS
from members.permissions import Permission

NUMBERS = ("identity", "phone")
Outcome = MergeStep.Outcome
LEAD_FIELDS = ("state", "channel", "found_at", "touched_at", "confirmed_at", "confirmed_by_id", "owner_id")
# Which of two states a folded lead keeps: the one that says most about the person.
WEIGHT = {
    state: weight
    for weight, state in enumerate(
        [
            LeadState.FALSE_ALARM,
            LeadState.UNWILLING,
            LeadState.FOUND,
            LeadState.CONTACTED,
            LeadState.VERIFIED,
            LeadState.RETURNED,
            LeadState.TRANSFERRED,
            LeadState.DUAL,
        ]
    )
}


@dataclass(frozen=True)
class Count:
    """How many rows of one column a merge would move."""

    reference: Reference
    rows: int

    @property
    def label(self) -> str:
        """The kind of row in words."""
        return str(self.reference.model._meta.verbose_name_plural)


def refusal(kept: Person, absorbed: Person, by: User) -> Refused | None:
    """Return why two entries cannot be merged, or None."""
    if kept.pk == absorbed.pk:
        return Refused(_("Choose two different people."), code="same_row")
    if not all(by.has_permission(Permission.EDIT_PEOPLE, person.organisation) for person in (kept, absorbed)):
        return Refused(OUTSIDE, code="outside_scope")
    if kept.merged_into_id is not None or absorbed.merged_into_id is not None:
        return Refused(_("One of the two has been merged already. Look at the list again."), code="merged_already")
    numbers = {unseal(person, "identity_cipher") for person in (kept, absorbed)} - {""}
    if len(numbers) > 1:
        return Refused(
            _("The two have different identity numbers, so they are two people. If one is wrong, correct it first."),
            code="two_numbers",
        )
    running = Development.objects.filter(person__in=[kept, absorbed]).exclude(stage=Stage.ENDED)
    if running.count() > 1:
        return Refused(_("The development of both is under way. Break one of them off first."), code="two_developments")
    return None


def preview(*, kept: Person, absorbed: Person) -> list[Count]:
    """Count what a merge would move, table by table; the scope is lifted, since the preview must not be short."""
    with transaction.atomic(), whole_scope():
        rows = [
            Count(reference, reference.rows(absorbed.pk).exclude(_stays(reference)).count())
            for reference in merging.references(Person)
        ]
    return [row for row in rows if row.rows]


@transaction.atomic
def merge(*, kept: Person, absorbed: Person, by: User) -> Merge:
    """Make `absorbed` the same person as `kept`: rows re-pointed, gaps filled, its numbers set aside, itself hidden.

    Two leads become one: the earlier sign and its channel, the state that is further on, every channel's evidence.
    Rows of imports stay where they are, so that undoing an import still knows whom it entered.
    Raises: Refused as `refusal` says.
    Side effects in order: lock of both, merge, numbers, links, lead, rows with their steps, the absorbed row, audit.
    """
    kept, absorbed = _locked(kept.pk, absorbed.pk)
    if reason := refusal(kept, absorbed, by):
        raise reason
    with whole_scope():
        done = Merge.objects.create(
            model=Person._meta.label_lower,
            kept_id=kept.pk,
            absorbed_id=absorbed.pk,
            organisation=kept.organisation,
            merged_at=timezone.now(),
            merged_by=by,
        )
        filled = {"numbers": _set_numbers_aside(done, kept, absorbed, by), "links": _fill_links(kept, absorbed)}
        filled["lead"] = _fold_leads(kept, absorbed)
        done.filled = filled
        done.save(update_fields=["filled"])
        counts = merging.repoint(done, kept, absorbed, _stays)
        absorbed.merged_into = kept
        absorbed.save(update_fields=["merged_into"])
    audit.record(
        actor=by,
        event="person.merge",
        target=kept,
        absorbed=absorbed.pk,
        merge=done.pk,
        moved=counts[Outcome.MOVED],
        left=counts[Outcome.KEPT] + counts[Outcome.OWN],
    )
    return done


@transaction.atomic
def undo(*, merge: Merge, by: User) -> Merge:
    """Take a merge back; what somebody changed since stays as it is and is listed as steps.

    Raises: Refused when it was undone before, lies outside the scope, or a later merge stands on it.
    Side effects in order: lock, the absorbed row, rows, numbers, links, lead, the merge's end, audit row.
    """
    merge = Merge.objects.select_for_update().get(pk=merge.pk)
    kept, absorbed = _locked(merge.kept_id, merge.absorbed_id)
    if merge.undone_at is not None:
        raise Refused(_("This merge has been undone already."), code="undone")
    if not all(by.has_permission(Permission.EDIT_PEOPLE, person.organisation) for person in (kept, absorbed)):
        raise Refused(OUTSIDE, code="outside_scope")
    if kept.merged_into_id is not None:
        raise Refused(_("The kept person was merged later. Undo that merge first."), code="later_merge")
    with whole_scope():
        absorbed.merged_into = None
        absorbed.save(update_fields=["merged_into"])
        counts = merging.put_back(merge, kept, absorbed)
        _put_numbers_back(merge, kept, absorbed, by)
        for name, pk in merge.filled["links"].items():
            if getattr(kept, f"{name}_id") == pk:
                setattr(kept, f"{name}_id", None)
                kept.save(update_fields=[name])
        _unfold_leads(merge.filled["lead"])
    merge.undone_at, merge.undone_by = timezone.now(), by
    merge.save(update_fields=["undone_at", "undone_by"])
    audit.record(
        actor=by,
        event="person.unmerge",
        target=kept,
        absorbed=absorbed.pk,
        merge=merge.pk,
        restored=counts[Outcome.RESTORED],
        left=counts[Outcome.CHANGED],
    )
    return merge


def _stays(reference: Reference) -> models.Q:
    """Return what stays on the absorbed row: what an import led to, and the values set aside."""
    return models.Q() if reference.model in (ImportRow, PriorValue) else models.Q(pk__in=[])


def _locked(kept_id: int, absorbed_id: int) -> tuple[Person, Person]:
    """Lock both, always in the same order."""
    rows = Person.objects.select_for_update(of=("self",)).filter(pk__in=[kept_id, absorbed_id]).order_by("pk")
    found = {row.pk: row for row in rows.select_related("organisation")}
    return found[kept_id], found[absorbed_id]


def _write(person: Person, place: str, text: str) -> None:
    seal(person, f"{place}_cipher", text)
    person.save(update_fields=[f"{place}_cipher", f"{place}_digest"])


def _set_numbers_aside(done: Merge, kept: Person, absorbed: Person, by: User) -> list[str]:
    """Take the absorbed row's numbers off it, sealed, and give the kept row what it lacks; return which those are."""
    filled = []
    for place in NUMBERS:
        text = unseal(absorbed, f"{place}_cipher")
        if not text:
            continue
        prior = PriorValue(
            place=place, person=absorbed, merge=done, organisation_path=absorbed.organisation_path, changed_by=by
        )
        seal(prior, "value_cipher", text)
        prior.save()
        _write(absorbed, place, "")
        if not getattr(kept, f"{place}_cipher"):
            _write(kept, place, text)
            filled.append(place)
    return filled


def _put_numbers_back(merge: Merge, kept: Person, absorbed: Person, by: User) -> None:
    for prior in merge.prior_values.select_for_update().order_by("pk"):
        text, column = unseal(prior, "value_cipher"), f"{prior.place}_cipher"
        if prior.place in merge.filled["numbers"] and unseal(kept, column) == text:
            _write(kept, prior.place, "")
        is_taken = prior.place == "identity" and Person.objects.with_number("identity", text).exists()
        if not getattr(absorbed, column) and not is_taken:
            _write(absorbed, prior.place, text)
        prior.put_back_at, prior.put_back_by = timezone.now(), by
        prior.save(update_fields=["put_back_at", "put_back_by"])


def _fill_links(kept: Person, absorbed: Person) -> dict[str, int]:
    filled = {
        name: getattr(absorbed, f"{name}_id")
        for name in LINKS
        if getattr(absorbed, f"{name}_id") and not getattr(kept, f"{name}_id")
    }
    for name, pk in filled.items():
        setattr(kept, f"{name}_id", pk)
    if filled:
        kept.save(update_fields=list(filled))
    return filled


def _fold_leads(kept: Person, absorbed: Person) -> dict:
    """Make two leads one on the kept row; return what that changed, {} where there were not two."""
    leads = {lead.person_id: lead for lead in Lead.objects.select_for_update().filter(person__in=[kept, absorbed])}
    if len(leads) < 2:
        return {}
    stays, goes = leads[kept.pk], leads[absorbed.pk]
    before = {"stays": _values(stays), "goes": _values(goes)}
    early = min(leads.values(), key=lambda lead: (lead.found_at, lead.pk))
    far = max(leads.values(), key=lambda lead: (WEIGHT[LeadState(lead.state)], lead.person_id == kept.pk))
    sure = [lead for lead in leads.values() if lead.confirmed_at is not None]
    stays.channel, stays.found_at = early.channel, early.found_at
    stays.state, stays.touched_at = far.state, max(lead.touched_at for lead in leads.values())
    stays.owner_id = stays.owner_id or goes.owner_id
    if sure and stays.state != LeadState.FALSE_ALARM:
        first = min(sure, key=lambda lead: lead.confirmed_at)
        stays.confirmed_at, stays.confirmed_by_id = first.confirmed_at, first.confirmed_by_id
    goes.confirmed_at = goes.confirmed_by_id = None
    for lead in (stays, goes):
        lead.save(update_fields=[name.removesuffix("_id") for name in LEAD_FIELDS])
    known = stays.evidence.values("channel")
    moved = list(goes.evidence.exclude(channel__in=known).values_list("pk", flat=True))
    goes.evidence.filter(pk__in=moved).update(lead=stays)
    return {
        "stays": stays.pk,
        "goes": goes.pk,
        "before": before,
        "after": {"stays": _values(stays), "goes": _values(goes)},
        "evidence": moved,
    }


def _unfold_leads(folded: dict) -> None:
    """Give both leads back what they were, unless somebody has moved one since."""
    if not folded:
        return
    for role in ("stays", "goes"):
        lead = Lead.objects.select_for_update().get(pk=folded[role])
        if _values(lead) == folded["after"][role]:
            for name, value in folded["before"][role].items():
                setattr(lead, name, parse_datetime(value) if value and name.endswith("_at") else value)
            lead.save(update_fields=[name.removesuffix("_id") for name in LEAD_FIELDS])
    goes = Lead.objects.get(pk=folded["goes"])
    for sign in Lead.objects.get(pk=folded["stays"]).evidence.filter(pk__in=folded["evidence"]):
        if not goes.evidence.filter(channel=sign.channel).exists():
            sign.lead = goes
            sign.save(update_fields=["lead"])


def _values(lead: Lead) -> dict:
    """Return a lead's fields as JSON keeps them."""
    values = {name: getattr(lead, name) for name in LEAD_FIELDS}
    return {name: value.isoformat() if name.endswith("_at") and value else value for name, value in values.items()}
