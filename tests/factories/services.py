"""One minimal valid row per model of the services app. Rows under row-level security are written with it lifted."""

import datetime

import factory
from factory.django import DjangoModelFactory

from config.uploads import storage
from members.models import Organisation
from services import models
from services.reports import sample
from tests.factories.members import OrganisationFactory, PersonFactory, Scoped, UserFactory

DAY = datetime.date(2024, 5, 20)


class KindFactory(DjangoModelFactory):
    class Meta:
        model = models.Kind

    domain = "activity"
    group = "care"
    code = factory.Sequence(lambda n: f"kind-{n}")
    label = factory.Sequence(lambda n: f"第{n}类")


class DutyFactory(DjangoModelFactory):
    """A contact a week for every pairing of a kind."""

    class Meta:
        model = models.Duty

    label = "每周联系"
    pairing_kind = factory.SubFactory(KindFactory, domain="pairing", group="help")
    every = "week"
    proof = "contact"
    starts_on = datetime.date(2020, 1, 1)


class Ledger(Scoped):
    """A row of an organisation."""

    class Meta:
        abstract = True

    organisation = factory.SubFactory(OrganisationFactory)
    organisation_path = factory.SelfAttribute("organisation.path")


class Entered(Ledger):
    class Meta:
        abstract = True

    logged_by = factory.SubFactory(UserFactory, organisation=factory.SelfAttribute("..organisation"))


class CampaignFactory(Ledger):
    class Meta:
        model = models.Campaign

    form = "programme"
    name = factory.Sequence(lambda n: f"第{n}工程")
    starts_on = datetime.date(2024, 1, 1)
    created_by = factory.SubFactory(UserFactory, organisation=factory.SelfAttribute("..organisation"))


class CampaignMemberFactory(Ledger):
    class Meta:
        model = models.CampaignMember

    campaign = factory.SubFactory(CampaignFactory)
    organisation = factory.SelfAttribute("campaign.organisation")
    body = factory.SubFactory(OrganisationFactory)
    joined_on = datetime.date(2024, 1, 1)


class TargetFactory(Ledger):
    class Meta:
        model = models.Target

    label = "加挂标识"
    indicator = "grant.quantity"
    number = 300
    starts_on = datetime.date(2024, 1, 1)
    due_on = datetime.date(2024, 12, 31)
    set_by = factory.SubFactory(UserFactory, organisation=factory.SelfAttribute("..organisation"))


class PairingFactory(Entered):
    """A person who helps a person."""

    class Meta:
        model = models.Pairing

    kind = factory.SubFactory(KindFactory, domain="pairing", group="help")
    helper = factory.SubFactory(PersonFactory, organisation=factory.SelfAttribute("..organisation"))
    helped = factory.SubFactory(PersonFactory, organisation=factory.SelfAttribute("..organisation"))
    started_on = datetime.date(2024, 1, 1)


class ExcuseFactory(Ledger):
    class Meta:
        model = models.Excuse

    pairing = factory.SubFactory(PairingFactory)
    organisation = factory.SelfAttribute("pairing.organisation")
    from_on = DAY
    reason = "away"
    recorded_by = factory.SubFactory(UserFactory, organisation=factory.SelfAttribute("..organisation"))


class VenueFactory(Ledger):
    class Meta:
        model = models.Venue

    kind = factory.SubFactory(KindFactory, domain="venue", group="rest")
    name = factory.Sequence(lambda n: f"第{n}司机之家")
    region = factory.SelfAttribute("organisation.region")
    opened_on = datetime.date(2024, 1, 1)
    created_by = factory.SubFactory(UserFactory, organisation=factory.SelfAttribute("..organisation"))


class ActivityFactory(Entered):
    class Meta:
        model = models.Activity

    kind = factory.SubFactory(KindFactory)
    happened_on = DAY


class ParticipationFactory(Scoped):
    class Meta:
        model = models.Participation

    activity = factory.SubFactory(ActivityFactory)
    person = factory.SubFactory(PersonFactory, organisation=factory.SelfAttribute("..activity.organisation"))


class MatterFactory(Ledger):
    """An appeal just received; `closed=True` closes it as solved, `settled=True` after a call-back that agreed."""

    class Meta:
        model = models.Matter

    class Params:
        closed = factory.Trait(state="closed", closed_on=DAY, outcome="solved")
        settled = factory.Trait(
            state="settled", closed_on=DAY, outcome="solved", satisfaction="satisfied", is_solved=True
        )

    kind = factory.SubFactory(KindFactory, domain="matter", group="appeal")
    title = factory.Sequence(lambda n: f"第{n}件诉求")
    received_on = DAY
    logged_by = factory.SubFactory(UserFactory, organisation=factory.SelfAttribute("..organisation"))


class MatterStepFactory(Scoped):
    class Meta:
        model = models.MatterStep

    matter = factory.SubFactory(MatterFactory)
    kind = "receive"
    to_state = "received"
    made_by = factory.SelfAttribute("matter.logged_by")


class GrantFactory(Entered):
    class Meta:
        model = models.Grant

    kind = factory.SubFactory(KindFactory, domain="grant", group="goods")
    name = "关爱大礼包"
    given_on = DAY


class SheetFactory(Ledger):
    class Meta:
        model = models.Sheet

    name = factory.Sequence(lambda n: f"第{n}考评细则")
    subject = "branch"
    starts_on = datetime.date(2024, 1, 1)


class CriterionFactory(Scoped):
    class Meta:
        model = models.Criterion

    sheet = factory.SubFactory(SheetFactory)
    category = "组织生活"
    position = factory.Sequence(lambda n: n)
    text = "按期召开支部党员大会"
    points = 5


class AssessmentFactory(Ledger):
    """A branch under a sheet, its points not submitted yet."""

    class Meta:
        model = models.Assessment

    sheet = factory.SubFactory(SheetFactory)
    body = factory.SubFactory(
        OrganisationFactory,
        parent=factory.SelfAttribute("..sheet.organisation"),
        kind=Organisation.Kind.PARTY_BRANCH,
    )
    organisation = factory.SelfAttribute("body")
    from_on = datetime.date(2024, 1, 1)
    to_on = datetime.date(2024, 12, 31)


class ScoreFactory(Ledger):
    class Meta:
        model = models.Score

    criterion = factory.SubFactory(CriterionFactory)
    organisation = factory.SelfAttribute("criterion.sheet.organisation")
    body = factory.SubFactory(
        OrganisationFactory, parent=factory.SelfAttribute("..organisation"), kind=Organisation.Kind.PARTY_BRANCH
    )
    from_on = datetime.date(2024, 1, 1)
    to_on = datetime.date(2024, 12, 31)
    points = 4
    reason = "四次会议均按期召开"
    scored_by = factory.SubFactory(UserFactory, organisation=factory.SelfAttribute("..organisation"))


class FigureFactory(Entered):
    class Meta:
        model = models.Figure

    key = "practitioners"
    label = "从业人员"
    value = 2900
    unit = "人"
    from_on = datetime.date(2024, 12, 31)
    to_on = datetime.date(2024, 12, 31)
    source_name = "行业主管部门统计"
    issued_on = datetime.date(2025, 1, 10)


class SnapshotFactory(Ledger):
    class Meta:
        model = models.Snapshot

    title = "二季度报表"
    period = "2024Q2"
    scope = "path"
    taken_by = factory.SubFactory(UserFactory, organisation=factory.SelfAttribute("..organisation"))


class SnapshotValueFactory(Scoped):
    class Meta:
        model = models.SnapshotValue

    snapshot = factory.SubFactory(SnapshotFactory)
    key = "activity.count"
    value = 32
    rows = 32
    version = 1


class AttachmentFactory(Ledger):
    """A policy paper; its file lies nowhere."""

    class Meta:
        model = models.Attachment

    sort = "policy"
    issuer = factory.SelfAttribute("organisation")
    title = "工作规范"
    filename = "工作规范.pdf"
    sha256 = factory.Sequence(lambda n: f"{n:064x}")
    size_bytes = 1024
    added_by = factory.SubFactory(UserFactory, organisation=factory.SelfAttribute("..organisation"))


class PhotoFactory(Ledger):
    """A photo of an activity, with files on disk in its three sizes."""

    class Meta:
        model = models.Attachment

    sort = "photo"
    activity = factory.SubFactory(ActivityFactory)
    organisation = factory.SelfAttribute("activity.organisation")
    sha256 = factory.Sequence(lambda n: f"{n:064x}")
    size_bytes = 1024
    large_sha256 = factory.LazyFunction(lambda: storage.keep(b"large", storage.PICTURES))
    medium_sha256 = factory.LazyFunction(lambda: storage.keep(b"medium", storage.PICTURES))
    small_sha256 = factory.LazyFunction(lambda: storage.keep(b"small", storage.PICTURES))
    width = 1600
    height = 1200
    added_by = factory.SelfAttribute("activity.logged_by")


class ReportTemplateFactory(Ledger):
    class Meta:
        model = models.ReportTemplate

    span = "quarter"
    sort = "docx"
    version = factory.Sequence(lambda n: n + 1)
    filename = "模板.docx"
    sha256 = factory.LazyFunction(lambda: storage.keep(sample.word()))
    size_bytes = 1
    added_by = factory.SubFactory(UserFactory, organisation=factory.SelfAttribute("..organisation"))
