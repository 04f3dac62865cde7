"""One minimal valid row per model of the cases app. Cases come into being by the actions, so they are true."""

import io
from datetime import timedelta

import factory
from django.db import transaction
from django.utils import timezone
from factory.django import DjangoModelFactory
from PIL import Image

from cases.actions import call as call_actions
from cases.actions import case as case_actions
from cases.actions import review
from cases.models import (
    Assignment,
    Call,
    Case,
    CasePhoto,
    Comment,
    Decision,
    Outline,
    Recusal,
    SubjectField,
    TermRule,
)
from config.uploads import storage
from members.middleware import whole_scope
from tests.factories.members import OrganisationFactory, Scoped, UserFactory

BODY = "县里为货车司机建起驿站，登记党员12名。\n每月走访一次，解决停车难题3个。"
Kind = Decision.Kind
ROAD = [Kind.SUBMIT, Kind.TAKE_UP, Kind.PASS_FIRST, Kind.PASS_SECOND, Kind.PASS_FINAL, Kind.PUBLISH]


class SubjectFieldFactory(DjangoModelFactory):
    class Meta:
        model = SubjectField

    code = factory.Sequence(lambda n: f"field-{n}")
    name = factory.Sequence(lambda n: f"领域{n}")


class TermRuleFactory(DjangoModelFactory):
    class Meta:
        model = TermRule

    wrong = factory.Sequence(lambda n: f"错词{n}")
    advice = "对词"
    source = "本站选定"


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

    class Params:
        approved = factory.Trait(
            state=Comment.State.APPROVED,
            decided_at=factory.LazyFunction(timezone.now),
            decided_by=factory.SubFactory(UserFactory, organisation=factory.SelfAttribute("..case.organisation")),
        )


def small_jpeg():
    out = io.BytesIO()
    Image.new("RGB", (12, 8), (150, 30, 30)).save(out, "JPEG")
    return out.getvalue()


class CasePhotoFactory(DjangoModelFactory):
    """A photo whose three sizes are the same tiny picture; needs a MEDIA_ROOT of the test's own."""

    class Meta:
        model = CasePhoto

    case = factory.SubFactory(CaseFactory)
    sha256 = factory.Sequence(lambda n: f"{n:064x}")
    caption = factory.Sequence(lambda n: f"走访第{n}家")
    large_sha256 = factory.LazyFunction(lambda: storage.keep(small_jpeg(), storage.PICTURES))
    medium_sha256 = factory.SelfAttribute("large_sha256")
    small_sha256 = factory.SelfAttribute("large_sha256")
    position = factory.Sequence(int)
    width = 12
    height = 8


class CallFactory(DjangoModelFactory):
    """A draft made from the template; `announced=True` makes it public. Its window: a week ago to a month ahead."""

    class Meta:
        model = Call

    organisation = factory.SubFactory(OrganisationFactory)
    by = factory.SubFactory(UserFactory, organisation=factory.SelfAttribute("..organisation"), role="chief_editor")
    name = factory.Sequence(lambda n: f"第{n}届基层党建案例征集")
    opens_at = factory.LazyFunction(lambda: timezone.now() - timedelta(days=7))
    closes_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=30))

    @classmethod
    def _create(cls, model_class, *args, announced=False, by, **kwargs):
        call = call_actions.create(by=by, **kwargs)
        return call_actions.announce(call=call, by=by) if announced else call


class AssignmentFactory(DjangoModelFactory):
    """A case given to a reviewer at home elsewhere; `is_admitted` lifts the conflict of one at home with the case."""

    class Meta:
        model = Assignment

    case = factory.SubFactory(CaseFactory, state=Case.State.RECEIVED)
    organisation = factory.SelfAttribute("case.organisation")
    organisation_path = factory.SelfAttribute("organisation.path")
    reviewer = factory.SubFactory(UserFactory)
    due_on = factory.LazyFunction(lambda: timezone.localdate() + timedelta(days=14))
    given_by = factory.SubFactory(UserFactory)

    @classmethod
    def _create(cls, model_class, *args, is_admitted=False, **kwargs):
        with transaction.atomic(), whole_scope():
            if is_admitted:
                row = {name: kwargs[name] for name in ("case", "organisation", "organisation_path")}
                said = {
                    "user": kwargs["reviewer"],
                    "kind": "lifted",
                    "reason": "请示后同意",
                    "made_by": kwargs["given_by"],
                }
                Recusal.objects.create(**row, **said)
            return super()._create(model_class, *args, **kwargs)


class OutlineFactory(Scoped):
    """A draft from the ledger without fields."""

    class Meta:
        model = Outline

    organisation = factory.SubFactory(OrganisationFactory)
    organisation_path = factory.SelfAttribute("organisation.path")
    period = "2024"
    title = factory.Sequence(lambda n: f"第{n}条经验")
    created_by = factory.SubFactory(UserFactory, organisation=factory.SelfAttribute("..organisation"))
    saved_by = factory.SelfAttribute("created_by")
