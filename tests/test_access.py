"""Every URL x role x own or other county x method, from the URL resolver; a URL nobody declared fails.

Source: security.md rows 7, 10, 43, 44.
"""

import re
import time
import uuid
from copy import deepcopy

import pytest
from django.contrib.admindocs.views import simplify_regex
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from cases import approval_keys
from cases.actions import (
    annotation,
    announcement,
    approval,
    call_entry,
    call_rows,
    intake,
    mail,
    recommend,
    returns,
    review,
)
from cases.actions import letter as letter_actions
from cases.actions import link as link_actions
from cases.actions import question as questions
from cases.evidence import verdicts
from cases.models import Case, Decision, Intake, Objection
from config.uploads import storage
from members.access import PROOF_SECONDS
from members.actions import factor
from members.middleware import whole_scope
from members.models import MatchRun, Notice, Organisation
from members.models.match import MatchState
from members.permissions import Permission, Role
from services.views.today import token_of
from tests.access_table import ROWS
from tests.cases.mail_files import letter
from tests.factories.cases import (
    AssignmentFactory,
    CallFactory,
    CaseFactory,
    CasePhotoFactory,
    CommentFactory,
    OutlineFactory,
    small_jpeg,
)
from tests.factories.members import (
    CheckInFactory,
    CheckInPointFactory,
    DevelopmentFactory,
    DevelopmentStepFactory,
    ImportBatchFactory,
    LeadFactory,
    MatchCandidateFactory,
    MatchRunFactory,
    OrganisationFactory,
    PersonFactory,
    PostFactory,
    UserFactory,
    VehicleFactory,
)
from tests.factories.services import (
    ActivityFactory,
    AssessmentFactory,
    AttachmentFactory,
    CampaignFactory,
    CampaignMemberFactory,
    CriterionFactory,
    DutyFactory,
    ExcuseFactory,
    FigureFactory,
    GrantFactory,
    KindFactory,
    MatterFactory,
    PairingFactory,
    ParticipationFactory,
    PhotoFactory,
    ReportTemplateFactory,
    TargetFactory,
    VenueFactory,
)
from tests.pages import TidyClient

CANARY = "金丝雀县不可外传"
# Identity numbers and phones of one person in each county: no page of the matrix may hold one.
NUMBERS = ("370685198503121231", "37132919791105441X")
PHONES = ("13864530017", "15065390028")
METHODS = ("GET", "POST", "DELETE")


def patterns(resolver=None, namespace=""):
    """Yield (full name, pattern) of every address outside the admin, which has its own test."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            if entry.namespace == "admin":
                continue
            yield from patterns(entry, f"{namespace}{entry.namespace}:" if entry.namespace else namespace)
        elif isinstance(entry, URLPattern):
            yield (f"{namespace}{entry.name}" if entry.name else "", entry)


NAMES = [name for name, _pattern in patterns()]


def test_every_address_has_a_name_and_a_declared_answer():
    unnamed = [simplify_regex(str(pattern.pattern)) for name, pattern in patterns() if not name]

    assert unnamed == []
    assert sorted(set(NAMES) - set(ROWS)) == [], "declare these in tests/access_table.py"
    assert sorted(set(ROWS) - set(NAMES)) == [], "these addresses are gone"


def test_every_view_says_the_same_of_itself():
    declared = {name: ROWS[name].access for name in NAMES if name in ROWS}
    said = {name: access_of(pattern.callback) for name, pattern in patterns() if name in ROWS}

    differing = {name: (declared[name], said[name]) for name in declared if _set(declared[name]) != _set(said[name])}
    asking = {name for name, pattern in patterns() if getattr(pattern.callback, "asks_proof", False)}
    assert differing == {}
    assert asking == {name for name in ROWS if ROWS[name].asks_proof}


def access_of(view):
    """Return what a view says of itself; Django's own views only say that no login is needed."""
    return getattr(view, "access", None) or (None if getattr(view, "login_required", True) else "public")


def _set(access):
    return access if isinstance(access, str) or access is None else frozenset(access)


def county(root, name, canary=""):
    """One county with an account of every role and a row of everything an address may name."""
    organisation = OrganisationFactory(parent=root, name=name)
    users = {role: UserFactory(organisation=organisation, role=role) for role in Role}
    factor.begin(user=users[Role.CHIEF_EDITOR])
    text = f"{canary}驿站登记党员(dǎngyuán)12名。\n解决难题3个。"
    case = intake.receive(
        data=text.encode(),
        filename="来稿.txt",
        door=Intake.Door.UPLOAD,
        organisation=organisation,
        by=users[Role.OFFICIAL],
        title=f"{canary}驿站",
    )
    link, link_token = link_actions.give(organisation=organisation, label=canary, days=30, by=users[Role.EDITOR])
    published = CaseFactory(
        organisation=organisation, by=users[Role.OFFICIAL], title="公开的驿站", state=Case.State.PUBLISHED
    )
    with transaction.atomic(), whole_scope():
        called = called_rows(organisation, users, canary)
        signing = signing_rows(organisation, users[Role.CHIEF_EDITOR], canary)
    person = PersonFactory(
        organisation=organisation,
        name=f"{canary}甲",
        identity=NUMBERS[bool(canary)],
        phone=PHONES[bool(canary)],
    )
    point = CheckInPointFactory(organisation=organisation, name="证件窗口")
    vehicle = VehicleFactory(organisation=organisation, plate="鲁F91234" if canary else "鲁F81234", driver=person)
    development = DevelopmentFactory(person=person, opened_by=users[Role.OFFICIAL])
    pairing = PairingFactory(
        organisation=organisation,
        helped=person,
        helper=PersonFactory(organisation=organisation, name=f"{canary}帮扶人"),
        logged_by=users[Role.OFFICIAL],
    )
    activity = ActivityFactory(
        organisation=organisation, logged_by=users[Role.OFFICIAL], line=f"{canary}清雪", place=f"{canary}桥头"
    )
    kept = storage.keep(b"%PDF-1.7", storage.ORIGINALS)
    grant = GrantFactory(
        organisation=organisation,
        logged_by=users[Role.OFFICIAL],
        name=f"{canary}大礼包",
        activity=activity,
        person=person,
    )
    branch = OrganisationFactory(parent=organisation, name=f"{canary}货运支部", kind=Organisation.Kind.PARTY_BRANCH)
    meeting = KindFactory(group="party_life")
    duty = DutyFactory(
        pairing_kind=None, body_kind="party_branch", proof="activity", proof_kind=meeting, every="month",
        organisation=organisation,
    )  # fmt: skip
    training = ActivityFactory(
        organisation=organisation, logged_by=users[Role.OFFICIAL], kind=KindFactory(group="training")
    )
    ParticipationFactory(activity=training, person=person, state="completed")
    KindFactory(domain="grant", group="certificate")
    criterion = CriterionFactory(sheet__organisation=organisation, sheet__name=f"{canary}考评细则")
    return {
        "sheet": criterion.sheet,
        "criterion": criterion,
        "assessment": AssessmentFactory(sheet=criterion.sheet, body=branch, organisation=branch),
        "assessment_kind": "submit",
        "training": training,
        "branch": branch,
        "branch_excuse": ExcuseFactory(pairing=None, duty=duty, organisation=branch, recorded_by=users[Role.OFFICIAL]),
        "activity": activity,
        "report_template": ReportTemplateFactory(organisation=organisation, added_by=users[Role.OFFICIAL]),
        "double": ActivityFactory(organisation=organisation, logged_by=users[Role.OFFICIAL], kind=activity.kind),
        "grant": grant,
        "figure": FigureFactory(
            organisation=organisation,
            logged_by=users[Role.OFFICIAL],
            label=f"{canary}从业人员",
            source_name=f"{canary}局",
        ),
        "ledger_photo": PhotoFactory(activity=activity),
        "owner_kind": "matter",
        "paper": AttachmentFactory(
            organisation=organisation, title=f"{canary}规范", filename=f"{canary}.pdf", sha256=kept
        ),
        "venue": VenueFactory(organisation=organisation, name=f"{canary}驿站", address=f"{canary}路"),
        "station": VenueFactory(
            organisation=organisation, name="公开的司机之家", address="物流路1号", phone="0539-6212345", is_public=True
        ),
        "indicator": "activity.count",
        "dossier_section": "matters",
        "organisation": organisation,
        "person": person,
        "development": development,
        "development_step": DevelopmentStepFactory(development=development),
        "batch": ImportBatchFactory(
            organisation=organisation, uploaded_by=users[Role.OFFICIAL], filename=f"{canary}.xlsx"
        ),
        "ledger_import": ImportBatchFactory(
            organisation=organisation,
            uploaded_by=users[Role.OFFICIAL],
            filename=f"{canary}.xlsx",
            subject="activity",
            headers=["日期", "类别"],
            fields=["happened_on", "kind"],
        ),
        "ledger_subject": "activity",
        "lead": LeadFactory(person=person),
        "match": MatchRunFactory(organisation=organisation, purpose=f"{canary}摸排"),
        "open_match": MatchRunFactory(
            organisation=organisation,
            purpose=f"{canary}核对",
            state="open",
            counted_at=timezone.now(),
            pair=f"{canary}乙",
        ),
        "pair": "0",
        "side": "practitioners",
        "point": point,
        "poster": "png",
        "poster_code": f"code{point.pk}",
        "screen_key": point.screen_key,
        "check_in": CheckInFactory(point=point, person=person, name=f"{canary}甲", branch_name=f"{canary}支部"),
        "post": PostFactory(person=person, title=f"{canary}书记"),
        "vehicle": vehicle,
        "enterprise": OrganisationFactory(
            parent=organisation, name=f"{canary}运输公司", kind=Organisation.Kind.ENTERPRISE
        ),
        "outline": OutlineFactory(organisation=organisation, title=f"{canary}经验", created_by=users[Role.OFFICIAL]),
        "users": users,
        "case": case,
        "intake": case.intakes.get(),
        "fix_kind": "pinyin",
        "link": link,
        "letter": mail.receive(
            data=letter(f"{canary}来信正文", subject=f"{canary}来稿", message_id=f"<{name}@x.example>"),
            organisation=organisation,
        ),
        "letter_part": "0",
        "item": returns.collect(case=case, text=f"{canary}写明期间", by=users[Role.EDITOR]),
        "asked": returned(organisation, users, canary),
        "pending": pending_row(organisation, users, canary),
        "note": annotation.write(
            case=case,
            revision=case.current_revision,
            paragraph=1,
            text=f"{canary}批注",
            by=users[Role.EDITOR],
        ),
        **signing,
        "draft_letter": letter_actions.draft(
            kind="other", to=letter_actions.Recipient(f"{canary}收信人"), case=case, note=f"{canary}信里的话", by=None
        ),
        "link_token": link_token,
        "case_token": link_actions.open_case_page(case=case, once_token=uuid.uuid4()),
        "revision": case.current_revision,
        "figure_question": questions.ask(
            case=case,
            context=verdicts.lines_of(case, case.current_revision)[0].context,
            text="何时的数？",  # whoever holds the case's own link reads it
            by=users[Role.CHIEF_EDITOR],
        ),
        "review": AssignmentFactory(case=case, reviewer=users[Role.REVIEWER], is_admitted=True),
        "published": published,
        "call": CallFactory(organisation=organisation, by=users[Role.CHIEF_EDITOR], name=f"{canary}征集"),
        **called,
        "pairing": pairing,
        "calendar": token_of(users[Role.OFFICIAL]),
        "excuse": ExcuseFactory(pairing=pairing, recorded_by=users[Role.OFFICIAL]),
        "matter": MatterFactory(
            organisation=organisation,
            title=f"{canary}追讨运费",
            requester=person,
            logged_by=users[Role.OFFICIAL],
        ),
        "matter_step": "progress",
        **promised_rows(organisation, users[Role.OFFICIAL], canary),
        "queue": "received",
        "ours": "sent",
        **blind_rows(organisation, users[Role.OFFICIAL], canary),
        "slug": published.library_entry.slug,
        "photo": CasePhotoFactory(case=case, caption=f"{canary}合影"),
        "public_photo": CasePhotoFactory(case=published),
        "size": "small",
        "number": "1",
        "comment": CommentFactory(case=published, body=f"{canary}留言"),
        "public_comment": CommentFactory(case=published, approved=True),
        "notice": Notice.objects.create(user=users[Role.OFFICIAL], text=f"{canary}", url="/"),
    }


def returned(organisation, users, canary):
    """A request that lies with the unit."""
    case = CaseFactory(
        organisation=organisation,
        by=users[Role.OFFICIAL],
        title=f"{canary}退改的驿站",
        state=Case.State.FIRST_REVIEW,
    )
    by, seen = users[Role.EDITOR], case.current_revision
    review.decide(case=case, kind=Decision.Kind.RETURN, by=by, revision=seen, note="改", items=[f"{canary}写明期间"])
    return case.requests.get()


def pending_row(organisation, users, canary):
    """A decision that waits to be announced."""
    case = CaseFactory(
        organisation=organisation,
        by=users[Role.OFFICIAL],
        title=f"{canary}待公布的驿站",
        state=Case.State.FIRST_REVIEW,
    )
    by, seen = users[Role.CHIEF_EDITOR], case.current_revision
    return announcement.hold(case=case, kind=Decision.Kind.DECLINE, by=by, revision=seen, note=f"{canary}不采用")


def called_rows(organisation, users, canary):
    """A public call with a quota, and a case on its list."""
    call = CallFactory(organisation=organisation, by=users[Role.CHIEF_EDITOR], announced=True)
    call_rows.set_quotas(call=call, rows=[{"body": organisation, "places": 3}], by=users[Role.CHIEF_EDITOR])
    called = CaseFactory(
        organisation=organisation, by=users[Role.OFFICIAL], title=f"{canary}应征", state=Case.State.RECEIVED
    )
    called = call_entry.move(case=called, call=call, track=None, by=users[Role.OFFICIAL])
    quota = call.quotas.get()
    listed = recommend.decide(
        quota=quota,
        case=called,
        revision=called.current_revision,
        state="recommended",
        opinion=f"{canary}同意推荐",
        by=users[Role.RECOMMENDER],
        form=(small_jpeg(), "申报表.jpg"),
    )
    objection = Objection.objects.create(call=call, body=f"{canary}异议")
    return {
        "public_call": call,
        "quota": quota,
        "called": called,
        "listed": listed,
        "objection": objection,
        "objection_key": str(Objection.objects.create(call=call, body="另一件异议").uuid),
    }


def signing_rows(organisation, by, canary):
    """A case in final review, and a link to sign it: before the code its page names nobody but who is to sign."""
    case = CaseFactory(organisation=organisation, state=Case.State.FINAL_REVIEW, title=f"{canary}待签发")
    with whole_scope():
        given, _code = approval.give(case=case, name="赵书记", office="市委组织部", days=3, by=by)
    return {"signing": case, "signing_token": approval_keys.token_of(given.uuid)}


def promised_rows(organisation, by, canary):
    """A campaign with a member and a target."""
    campaign = CampaignFactory(
        organisation=organisation, name=f"{canary}护行联盟", form="alliance", aliases=f"{canary}护行", created_by=by
    )
    CampaignMemberFactory(campaign=campaign, body=OrganisationFactory(parent=organisation, name=f"{canary}司法局"))
    return {
        "campaign": campaign,
        "problem": MatterFactory(
            organisation=organisation,
            kind__group="problem",
            title=f"{canary}停车难",
            campaign=campaign,
            logged_by=by,
        ),
        "target": TargetFactory(organisation=organisation, campaign=campaign, label=f"{canary}加挂标识", set_by=by),
    }


def blind_rows(organisation, by, canary):
    """A blind match under review, with a pair."""
    run = MatchRunFactory(
        organisation=organisation,
        mode=MatchRun.Mode.BROKER,
        state=MatchState.OPEN,
        token_version="sm3-00000000",
        purpose=f"{canary}比对",
        created_by=by,
    )
    return {"blind": run, "blind_pair": MatchCandidateFactory(run=run)}


@pytest.fixture
def world(db, settings, tmp_path):
    """Two counties under one root; `own` is the one the asking accounts belong to."""
    settings.MEDIA_ROOT = tmp_path
    root = OrganisationFactory(kind=Organisation.Kind.PLATFORM)
    with transaction.atomic(), whole_scope():
        return {"own": county(root, "甲县交通运输局"), "other": county(root, "乙县交通运输局", CANARY)}


def address(name, side):
    """Reverse a name with the objects of one county."""
    kwargs = {}
    for argument, key in ROWS[name].rows.items():
        value = side[key]
        kwargs[argument] = value if isinstance(value, str) else value.pk
    return reverse(name, kwargs=kwargs or None)


def expected(name, method, user, side):
    """Say what one cell of the matrix must answer: a status, or "in" for the page itself."""
    row = ROWS[name]
    if row.access != "public" and user is None:
        return "login"
    if _set(row.access) not in ("public", "signed_in") and not any(user.has_permission(p) for p in row.access):
        return 403
    if method not in row.methods.split():
        return 405
    if row.sees is None or not row.rows:
        return "in"
    return "in" if sees(row, user, side) else 404


def sees(row, user, side):
    """Tell whether the row's object is in the user's scope, by the declaration alone."""
    if user is None:
        return False
    if row.sees == "own":
        owned = [side[key] for key in row.rows.values()]
        return any(getattr(each, name, None) == user.pk for each in owned for name in ("user_id", "reviewer_id"))
    if user.has_permission(row.sees, side["organisation"]):
        return True
    made = side.get("case")
    return row.sees == Permission.READ_CASES and made is not None and made.created_by_id == user.pk


def answered(response):
    """Fold an answer into the words of `expected`."""
    if response.status_code == 302 and response.url.startswith(reverse("members:account_login")):
        return "login"
    return response.status_code if response.status_code in {403, 404, 405, 500} else "in"


@pytest.mark.parametrize("role", [None, *Role], ids=lambda role: str(role or "nobody"))
def test_every_cell_answers_as_declared(role, world):
    user = world["own"]["users"][role] if role else None
    door = Client()
    if user:
        door.force_login(user)
    differing, leaks = [], []

    for name in sorted(ROWS):
        for side in ("own", "other") if ROWS[name].rows else ("own",):
            for method in METHODS:
                client = TidyClient()
                client.cookies = deepcopy(door.cookies)
                with transaction.atomic():
                    response = client.generic(method, address(name, world[side]))
                    transaction.set_rollback(True)
                cell = (name, side, method)
                want, got = expected(name, method, user, world[side]), answered(response)
                if want != got:
                    differing.append((*cell, f"want {want}", f"got {got}"))
                body = "" if response.streaming else response.content.decode(errors="replace")
                leaks += [cell for word in (CANARY, *NUMBERS, *PHONES) if word in body]
                assert "Content-Security-Policy" in response.headers or response.status_code == 405, cell

    assert differing == []
    assert leaks == []


@pytest.mark.parametrize("role", Role)
def test_an_old_session_is_asked_who_is_there_before_anything_is_looked_at(role, world):
    user, asked, cells = world["own"]["users"][role], [], []
    for name in (name for name in sorted(ROWS) if ROWS[name].asks_proof):
        for side in ("own", "other") if ROWS[name].rows else ("own",):
            client = TidyClient()
            client.force_login(user)
            session = client.session
            session["started_at"] = session["seen_at"] = time.time() - PROOF_SECONDS - 1
            session.save()
            response = client.post(address(name, world[side]), {"typed": CANARY})
            cells.append((name, side, 403 if expected(name, "POST", user, world[side]) == 403 else 422))
            asked.append((name, side, response.status_code))
            if response.status_code == 422:
                assert f'<input type="hidden" name="typed" value="{CANARY}">' in response.content.decode()

    assert cells
    assert asked == cells


def test_what_takes_data_out_asks_who_is_there():
    # A text or counts that the page shows, or the public library.
    shown_anyway = {f"cases:{name}" for name in ("export_word", "export_plain", "export_collection", "export_wechat",
                                                 "export_wechat_zip", "statistics_export")}  # fmt: skip
    leaving = [name for name in sorted(set(ROWS) - shown_anyway) if re.search("reveal|export|bad_rows", name)]

    assert leaving
    assert [name for name in leaving if not ROWS[name].asks_proof] == []


def test_an_unsafe_method_without_the_token_is_refused(world):
    client = Client(enforce_csrf_checks=True)
    client.force_login(world["own"]["users"][Role.CHIEF_EDITOR])
    posts = [name for name in ROWS if "POST" in ROWS[name].methods]

    accepted = [name for name in posts if client.post(address(name, world["own"])).status_code != 403]

    assert posts
    assert accepted == []
