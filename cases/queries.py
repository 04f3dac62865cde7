"""Reads across the models of this app."""

import re
from dataclasses import dataclass

from django.db.models import Func, IntegerField, Q, QuerySet, Value
from django.db.models.functions import Length
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases import workflow
from cases.evidence import terms
from cases.models import (
    Case,
    CaseCounter,
    CasePhoto,
    Decision,
    Intake,
    Likeness,
    Revision,
    SecretLink,
    Signature,
    SignedReading,
    TermRule,
)
from cases.models.case import CaseQuerySet
from cases.models.review import Stage
from cases.queries_call import is_closed_to_author
from members.models import Region, User
from members.permissions import Permission

NUMBER = re.compile(r"^(?:案?\s*[-－—]?\s*)(\d{4})\s*[-－—]\s*(\d{1,6})$")


def is_author(case: Case, user: User) -> bool:
    """Tell whether the user stands on the submitting side: entered it, or submits for its organisation.

    An editor of the desk is not the author of what others sent in, although the desk may submit on their behalf.
    """
    if case.created_by_id == user.pk:
        return True
    return user.has_permission(Permission.SUBMIT_CASE, case.organisation) and not user.has_permission(
        Permission.EDIT_CASE, case.organisation
    )


def reads_desk(case: Case, user: User) -> bool:
    """Tell whether the user sees the desk's inner working on this case: holders, signatures, internal notes."""
    return user.has_permission(Permission.READ_DESK, case.organisation)


def standing(case: Case, user: User) -> dict:
    """Return what `workflow.allows` asks about a person: one query for the stages already signed."""
    return {
        "has_permission": lambda permission: user.has_permission(permission, case.organisation),
        "is_author": is_author(case, user),
        "signed_stages": set(case.signatures.filter(signed_by=user).values_list("stage", flat=True)),
    }


def available_decisions(case: Case, user: User) -> list[Decision.Kind]:
    """Return the moves `user` may make on `case` now."""
    return workflow.available(Case.State(case.state), **standing(case, user))


def may_edit(case: Case, user: User) -> bool:
    """Tell whether the user may change the text in the case's present state."""
    state = Case.State(case.state)
    if state in workflow.EDITED_BY_AUTHOR and is_author(case, user) and not is_closed_to_author(case, timezone.now()):
        return True
    return state in workflow.EDITED_AT_DESK and user.has_permission(Permission.EDIT_CASE, case.organisation)


def may_replace(case: Case, user: User | None, source: str = Revision.Source.RESUBMISSION) -> bool:
    """Tell whether the submitting side may still send another text; `None` is the holder of the case's own link.

    What was sent in for a call stands once the review has begun: all its reviewers read the same.
    """
    if source != Revision.Source.RESUBMISSION or case.status not in workflow.REPLACED_BY_AUTHOR:
        return False
    if case.call_id is not None and case.status == Case.State.FIRST_REVIEW:
        return False
    return (user is None or is_author(case, user)) and not is_closed_to_author(case, timezone.now())


def may_judge(case: Case, user: User) -> bool:
    """Tell whether the user may judge the unit's answers, and collect what to ask for next."""
    return case.status in workflow.HELD and user.has_permission(Permission.EDIT_CASE, case.organisation)


def holder_may_edit(case: Case) -> bool:
    """Tell whether the holder of the case's own link may change its text now."""
    return Case.State(case.state) in workflow.EDITED_BY_AUTHOR and not is_closed_to_author(case, timezone.now())


def search(cases: CaseQuerySet, words: str) -> CaseQuerySet:
    """Keep cases whose number, title or organisation the words name; all for no words."""
    words = words.strip()
    if not words:
        return cases
    if match := NUMBER.match(words):
        return cases.filter(year=int(match[1]), sequence=int(match[2]))
    named = Q(title__icontains=words) | Q(organisation__name__icontains=words)
    if words.isdecimal() and len(words) <= 6:
        named |= Q(sequence=int(words))
    return cases.filter(named)


def find_by_number(user: User, number: str) -> Case | None:
    """Return the case of this number that the user sees, written 案-2026-0001 or 2026-1; None if there is none."""
    match = NUMBER.match(number.strip())
    if match is None:
        return None
    return Case.objects.visible_to(user).filter(year=int(match[1]), sequence=int(match[2])).first()


def years() -> list[int]:
    """Return the years in which cases were numbered, newest first."""
    return list(CaseCounter.objects.order_by("-year").values_list("year", flat=True))


def in_city(cases: CaseQuerySet, city: Region) -> CaseQuerySet:
    """Keep cases of organisations at home in the city or below it."""
    return cases.filter(organisation__region__path__startswith=city.path)


@dataclass(frozen=True)
class Step:
    """One decision as its reader may see it: the submitting side reads “the editors” for a name at the desk."""

    decision: Decision
    who: str | Promise
    is_current_text: bool


@dataclass(frozen=True)
class Sheet:
    """One line of the signature sheet: a stage, the standing signature if any, and the voided ones."""

    stage: Stage
    signature: Signature | None
    voided: list[Signature]


@dataclass(frozen=True)
class Dossier:
    """All that the page of a case shows beside its text."""

    is_desk: bool
    steps: list[Step]
    sheet: list[Sheet]
    revisions: list[Revision]
    intakes: list[Intake]
    photos: list[CasePhoto]
    barred: Stage | None

    @property
    def returned(self) -> Step | None:
        """The standing return, whose note says what to change; None when the case was never returned."""
        kinds = [step for step in self.steps if step.decision.kind == Decision.Kind.RETURN]
        return next((step for step in kinds if step.decision.voided_by_id is None), None)

    @property
    def closing(self) -> Step | None:
        """The decision that ended the case, newest first; None while it is open or published."""
        newest = self.steps[0] if self.steps else None
        return newest if newest is not None and newest.decision.to_state in workflow.ENDED else None

    @property
    def signed(self) -> SignedReading | None:
        """Which reading of the newest arrival the unit signed; None where nobody noted it. One query."""
        return self.intakes[0].signed_readings.order_by("-pk").first() if self.intakes else None

    @property
    def warnings(self) -> list[dict]:
        """What the reading of the newest arrival warned of."""
        return self.intakes[0].warnings if self.intakes else []


def dossier(case: Case, user: User) -> Dossier:
    """Gather a case's decisions, signatures, revisions, arrivals and photos, each by one query."""
    is_desk = reads_desk(case, user)
    decisions = case.decisions.select_related("decided_by", "signer", "revision", "voided_by__decided_by", "case")
    signatures = list(
        case.signatures.select_related("signed_by", "signer", "decision__revision", "decision__voided_by").order_by(
            "pk"
        )
    )
    steps = [
        Step(decision, _who(decision, is_desk), decision.revision.digest == case.current_revision.digest)
        for decision in decisions.order_by("-pk").defer("revision__body")
        if is_desk or decision.kind not in workflow.INTERNAL
    ]
    return Dossier(
        is_desk=is_desk,
        steps=steps,
        sheet=[_sheet(stage, signatures) for stage in Stage] if is_desk else [],
        revisions=list(revisions(case)),
        intakes=list(case.intakes.defer("reading").order_by("-received_at", "-pk")),
        photos=list(case.photos.order_by("position", "pk")),
        barred=_barred(case, user, {row.stage for row in signatures if row.signed_by_id == user.pk}),
    )


def term_warnings(case: Case) -> list[terms.Warned]:
    """Return the wordings of a case's present text to look at, by the rules in use; one query."""
    rows = TermRule.objects.in_use().values_list("wrong", "advice", "source", "exceptions")
    rules = [terms.Rule(wrong, advice, source, terms.split_exceptions(said)) for wrong, advice, source, said in rows]
    body = case.current_revision.body
    return terms.gathered(body, terms.check(body, rules))


def standing_return(case: Case) -> Decision | None:
    """Return the decision by which the case lies with its unit, whose note says what to change; None otherwise."""
    if case.status != case.State.RETURNED:
        return None
    return case.decisions.filter(kind=Decision.Kind.RETURN, voided_by=None).order_by("-pk").first()


def revisions(case: Case) -> QuerySet:
    """Return the case's revisions newest first, with `size` in characters instead of the text."""
    without_space = Func("body", Value(r"\s"), Value(""), Value("g"), function="regexp_replace")
    size = Length(without_space, output_field=IntegerField())
    return case.revisions.annotate(size=size).defer("body").select_related("created_by").order_by("-number")


def _who(decision: Decision, is_desk: bool) -> str | Promise:
    if decision.signer_id is not None:
        return str(decision.signer)
    if decision.decided_by is None:
        return _("the holder of the submission link")
    by_author = workflow.TRANSITIONS[Decision.Kind(decision.kind)].by_author
    return decision.decided_by.name if is_desk or by_author else _("the editors")


def _sheet(stage: Stage, signatures: list[Signature]) -> Sheet:
    of_stage = [row for row in signatures if row.stage == stage]
    standing_row = next((row for row in of_stage if row.voided_at is None), None)
    return Sheet(stage, standing_row, [row for row in of_stage if row.voided_at is not None])


def _barred(case: Case, user: User, signed_stages: set[str]) -> Stage | None:
    """Return the stage whose signature keeps the user from signing the present one; None if nothing does."""
    for kind, row in workflow.TRANSITIONS.items():
        if row.stage is not None and case.state in row.moves and user.has_permission(row.permission, case.organisation):
            return workflow.barring_stage(kind, signed_stages)
    return None


def link_for(token: str) -> SecretLink | None:
    """Return the link a token opens with its organisation and case, or None if it is wrong, expired or revoked."""
    links = SecretLink.objects.opened_by(token)
    return links.select_related("organisation", "case__organisation", "case__current_revision").first()


@dataclass(frozen=True, slots=True)
class PublicState:
    """A state in the words the contributor is told, to be shown as a tag."""

    label: str
    tone: str


def told(case: Case) -> str | Promise:
    """Return one sentence for the submitting side: where the case is and what is asked of them."""
    if is_closed_to_author(case, timezone.now()):
        return _("The editors have it. The call has closed, so the text stands as it was sent in.")
    return case.status.told


def public_state(case: Case) -> PublicState:
    """Return where a case stands, as its contributor may know it."""
    state = Case.State(case.state)
    return PublicState(state.public_label, state.tone)


def return_note(case: Case) -> str:
    """Return why a case stands returned, in the editor's words; nothing in any other state."""
    if case.state != Case.State.RETURNED:
        return ""
    returned = case.decisions.filter(kind=Decision.Kind.RETURN, voided_by=None).order_by("-pk").first()
    return returned.note if returned else ""


def pairs_to_read(case: Case, user: User) -> int:
    """Return how many cases the user may read resemble a case so much that somebody should read both."""
    return Likeness.objects.of(case).waiting(Case.objects.visible_to(user)).count()
