"""One minimal valid row per model of the cases app. Cases come into being by the actions, so they are true."""

import factory
from factory.django import DjangoModelFactory

from cases.actions import case as case_actions
from cases.actions import review
from cases.models import Case, Comment, Decision, SubjectField
from tests.factories.members import OrganisationFactory, UserFactory

BODY = "县里为货车司机建起驿站，登记党员12名。\n每月走访一次，解决停车难题3个。"
Kind = Decision.Kind
ROAD = [Kind.SUBMIT, Kind.TAKE_UP, Kind.PASS_FIRST, Kind.PASS_SECOND, Kind.PASS_FINAL, Kind.PUBLISH]


class SubjectFieldFactory(DjangoModelFactory):
    class Meta:
        model = SubjectField

    code = factory.Sequence(lambda n: f"field-{n}")
    name = factory.Sequence(lambda n: f"领域{n}")


class CaseFactory(DjangoModelFactory):
    """A draft; `state=` walks it there by real decisions of three different editors over its organisation."""

    class Meta:
        model = Case

    organisation = factory.SubFactory(OrganisationFactory)
    title = factory.Sequence(lambda n: f"司机驿站里的第{n}支部")
    body = BODY
    by = factory.SubFactory(UserFactory, organisation=factory.SelfAttribute("..organisation"), role="official")

    @classmethod
    def _create(cls, model_class, *args, state=Case.State.DRAFT, **kwargs):
        case = case_actions.create(**kwargs)
        walk(case, state)
        return Case.objects.get(pk=case.pk)


def walk(case, state):
    """Move a draft along the straight road until it stands in `state`."""
    editors = None
    for kind in ROAD:
        case.refresh_from_db()
        if case.state == state:
            return
        if kind == Kind.SUBMIT:
            by = case.created_by
        else:
            editors = editors or [UserFactory(organisation=case.organisation, role="chief_editor") for _n in range(3)]
            by = editors[{Kind.PASS_SECOND: 1, Kind.PASS_FINAL: 2}.get(kind, 0)]
        review.decide(case=case, kind=kind, by=by, revision=case.current_revision)


class CommentFactory(DjangoModelFactory):
    class Meta:
        model = Comment

    case = factory.SubFactory(CaseFactory, state=Case.State.PUBLISHED)
    name = factory.Sequence(lambda n: f"读者{n}")
    body = "写得实在，我们县也想学。"
