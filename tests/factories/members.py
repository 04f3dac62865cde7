"""One minimal valid row per model of the members app."""

import datetime
import json

import factory
from django.db import transaction
from factory.django import DjangoModelFactory

from config.sealed import seal
from config.vault import Vault
from members import consent
from members.actions import organisation as organisation_actions
from members.middleware import whole_scope
from members.models import (
    CheckIn,
    CheckInPoint,
    ConsentText,
    Development,
    DevelopmentQuota,
    DevelopmentStep,
    ImportBatch,
    Lead,
    MatchCandidate,
    MatchRun,
    Organisation,
    Person,
    Post,
    PriorValue,
    Region,
    RoleAssignment,
    StepDefinition,
    User,
    Vehicle,
)

PASSWORD = "granite-lantern-0429"


class RegionFactory(DjangoModelFactory):
    class Meta:
        model = Region

    code = factory.Sequence(lambda n: f"{370000 + n:06d}")
    name = factory.Sequence(lambda n: f"第{n}县")
    level = Region.Level.COUNTY
    path = factory.LazyAttribute(lambda row: f"{row.parent.path if row.parent else ''}{row.code}.")
    parent = None


class OrganisationFactory(DjangoModelFactory):
    """A body with a true path; `parent` hangs it under another."""

    class Meta:
        model = Organisation

    code = factory.Sequence(lambda n: f"org-{n}")
    name = factory.Sequence(lambda n: f"第{n}交通运输局")
    kind = Organisation.Kind.AGENCY
    region = factory.SubFactory(RegionFactory)
    parent = None

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        return organisation_actions.found(by=None, **kwargs)


class UserFactory(DjangoModelFactory):
    """An account without roles; `role` gives one over its own organisation (or `over`)."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"user{n}")
    name = factory.Sequence(lambda n: f"张第{n}")
    organisation = factory.SubFactory(OrganisationFactory)
    password = factory.django.Password(PASSWORD)

    @factory.post_generation
    def role(self, create, role, over=None, **kwargs):
        if role:
            RoleAssignmentFactory(user=self, role=role, organisation=over or self.organisation)


class RoleAssignmentFactory(DjangoModelFactory):
    class Meta:
        model = RoleAssignment

    user = factory.SubFactory(UserFactory)
    role = "editor"
    organisation = factory.SelfAttribute("user.organisation")


class Scoped(DjangoModelFactory):
    """A row under row-level security, which lets a test write it only with the scope lifted."""

    class Meta:
        abstract = True

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        with transaction.atomic(), whole_scope():
            return super()._create(model_class, *args, **kwargs)


class PersonFactory(Scoped):
    """A person; `identity` and `phone` are sealed."""

    class Meta:
        model = Person

    name = factory.Sequence(lambda n: f"王第{n}")
    organisation = factory.SubFactory(OrganisationFactory)
    organisation_path = factory.SelfAttribute("organisation.path")

    @classmethod
    def _create(cls, model_class, *args, identity="", phone="", **kwargs):
        person = model_class(**kwargs)
        seal(person, "identity_cipher", identity)
        seal(person, "phone_cipher", phone)
        with transaction.atomic(), whole_scope():
            person.save()
        return person


class PostFactory(Scoped):
    class Meta:
        model = Post

    person = factory.SubFactory(PersonFactory)
    organisation = factory.SelfAttribute("person.organisation")
    organisation_path = factory.SelfAttribute("organisation.path")
    title = "支部书记"
    from_on = datetime.date(2025, 1, 1)


class VehicleFactory(Scoped):
    class Meta:
        model = Vehicle

    plate = factory.Sequence(lambda n: f"鲁F{10000 + n}")
    organisation = factory.SubFactory(OrganisationFactory)
    organisation_path = factory.SelfAttribute("organisation.path")


class ImportBatchFactory(Scoped):
    """An import waiting for its confirmation; its rows lie nowhere."""

    class Meta:
        model = ImportBatch

    organisation = factory.SubFactory(OrganisationFactory)
    organisation_path = factory.SelfAttribute("organisation.path")
    filename = "驾驶员名册.xlsx"
    headers = ["姓名", "身份证号"]
    fields = ["name", "id_no"]
    uploaded_by = factory.SubFactory(UserFactory)


class LeadFactory(Scoped):
    class Meta:
        model = Lead

    person = factory.SubFactory(PersonFactory)
    organisation = factory.SelfAttribute("person.organisation")
    organisation_path = factory.SelfAttribute("organisation.path")
    region = factory.SelfAttribute("organisation.region")
    channel = "data_match"


class MatchRunFactory(Scoped):
    """A data match being prepared; its rosters lie nowhere. `pair` gives it a vault with one pair of that name."""

    class Meta:
        model = MatchRun
        skip_postgeneration_save = True

    organisation = factory.SubFactory(OrganisationFactory)
    organisation_path = factory.SelfAttribute("organisation.path")
    members_organisation = factory.SelfAttribute("organisation")
    members_path = factory.SelfAttribute("members_organisation.path")
    purpose = "寻找隐形党员"
    basis = "两部门数据比对协议（2026年1号）"
    created_by = factory.SubFactory(UserFactory)

    @factory.post_generation
    def pair(self, create, name, **kwargs):
        if name:
            vault = Vault(self.uuid)
            vault.create()
            values = {"name": name, "id_no": "", "phone": "", "plate": "", "birth": "", "employer": "", "branch": ""}
            record = {"values": values, "person": None, "namesakes": 1}
            vault.put("pairs-000000", json.dumps([[record, record]]).encode())
            MatchCandidateFactory(run=self, number=0)


class MatchCandidateFactory(Scoped):
    """A pair to decide."""

    class Meta:
        model = MatchCandidate

    run = factory.SubFactory(MatchRunFactory)
    number = factory.Sequence(lambda n: n + 1)
    practitioner_handle = factory.Sequence(str)
    member_handle = factory.Sequence(str)
    pass_code = "review-rep"
    probability = 0.97
    levels = ["id_no:repaired", "name:sound", "phone:missing"]


class StepDefinitionFactory(DjangoModelFactory):
    """A step without a clock."""

    class Meta:
        model = StepDefinition

    code = factory.Sequence(lambda n: f"step-{n}")
    name = factory.Sequence(lambda n: f"第{n}步")
    position = factory.Sequence(lambda n: n + 1)
    stage = "applicant"


class DevelopmentFactory(Scoped):
    class Meta:
        model = Development

    person = factory.SubFactory(PersonFactory)
    organisation = factory.SelfAttribute("person.organisation")
    organisation_path = factory.SelfAttribute("organisation.path")
    way_in = "enterprise"
    opened_by = factory.SubFactory(UserFactory)


class DevelopmentQuotaFactory(Scoped):
    class Meta:
        model = DevelopmentQuota

    organisation = factory.SubFactory(OrganisationFactory)
    organisation_path = factory.SelfAttribute("organisation.path")
    year = factory.Sequence(lambda n: 2000 + n)
    places = 3


class DevelopmentStepFactory(Scoped):
    class Meta:
        model = DevelopmentStep

    development = factory.SubFactory(DevelopmentFactory)
    definition = factory.SubFactory(StepDefinitionFactory)
    side = "enterprise"
    done_on = datetime.date(2026, 1, 10)
    recorded_by = factory.SelfAttribute("development.opened_by")


class CheckInPointFactory(Scoped):
    """An open window; its poster's code is `code` and its primary key, the consent text the shipped one."""

    class Meta:
        model = CheckInPoint

    name = factory.Sequence(lambda n: f"{n} 号窗口")
    address = "县政务服务大厅一楼"
    contact = "0535-0000000"
    organisation = factory.SubFactory(OrganisationFactory)
    organisation_path = factory.SelfAttribute("organisation.path")
    screen_key = factory.Sequence(lambda n: f"screen-{n}")
    opened_by = factory.SubFactory(UserFactory)

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        ConsentTextFactory()
        point = super()._create(model_class, *args, **kwargs)
        with transaction.atomic(), whole_scope():
            point.tokens.create(organisation_path=point.organisation_path, token=f"code{point.pk}")
        return point


class ConsentTextFactory(DjangoModelFactory):
    """The first version, as shipped."""

    class Meta:
        model = ConsentText
        django_get_or_create = ("version",)

    version = 1
    notice = factory.LazyFunction(lambda: consent.shipped()[0])
    consent = factory.LazyFunction(lambda: consent.shipped()[1])


class CheckInFactory(Scoped):
    """What a person gave at a window; the person has to have a lead of their own for pages to show one."""

    class Meta:
        model = CheckIn

    point = factory.SubFactory(CheckInPointFactory)
    organisation_path = factory.SelfAttribute("point.organisation_path")
    person = factory.SubFactory(PersonFactory, organisation=factory.SelfAttribute("..point.organisation"))
    name = factory.SelfAttribute("person.name")
    branch_name = "东街党支部"
    consent = factory.SubFactory(ConsentTextFactory)
    consent_sha256 = "0" * 64
    ticket_sha256 = factory.Sequence(lambda n: f"{n:064d}")
    receipt_sha256 = factory.Sequence(lambda n: f"{n:064x}")

    @classmethod
    def _create(cls, model_class, *args, phone="13864530099", **kwargs):
        row = model_class(**kwargs)
        seal(row, "phone_cipher", phone)
        with transaction.atomic(), whole_scope():
            row.save()
        return row


class PriorValueFactory(Scoped):
    """A name as it stood before it was tidied."""

    class Meta:
        model = PriorValue

    place = "name"
    person = factory.SubFactory(PersonFactory)
    organisation_path = factory.SelfAttribute("person.organisation_path")
    changed_by = factory.SubFactory(UserFactory)
