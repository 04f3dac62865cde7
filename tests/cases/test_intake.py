"""Taking texts in: the action, the command, the undoing of fixes, then the form."""

import json
import threading
import uuid
from io import StringIO

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases import contact
from cases.actions import intake, receipt
from cases.models import Case, CleaningFix, Intake
from config.errors import Refused
from config.uploads import storage
from members.models import AuditEvent
from tests.config.test_uploads import sample_files
from tests.factories.members import OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db

NOISY = (
    "红色驿站暖人心\n红色驿站暖人心\n\n"
    "县里依托停车场建成红色驿站3处，开展党建(dǎngjiàn)活动12次，服务货车司机300余名(míng)，解决停车难题5个。\n\n\n"
    "党员司机轮流值班，每月走访一次，把暖心热饭和普法课送到车旁，驿站也成了司机们的家。\n"
    "相关推荐\n暂无评论，快抢沙发吧~\n"
)
CLEAN = (
    "县里依托停车场建成红色驿站3处，开展党建活动12次，服务货车司机300余名，解决停车难题5个。\n\n"
    "党员司机轮流值班，每月走访一次，把暖心热饭和普法课送到车旁，驿站也成了司机们的家。"
)


@pytest.fixture
def official():
    return UserFactory(role="official")


def received(official, text=NOISY, **more):
    """Take a text in as a file of the official's own organisation."""
    data = text if isinstance(text, bytes) else text.encode()
    defaults = {"filename": "来稿.txt", "door": Intake.Door.UPLOAD, "organisation": official.organisation}
    return intake.receive(data=data, by=official, **(defaults | more))


def test_receive_keeps_original_text_and_receipt_and_submits(official):
    case = received(official)

    arrival = case.intakes.get()
    assert (case.state, case.title, case.current_revision.body) == (Case.State.RECEIVED, "红色驿站暖人心", CLEAN)
    assert storage.read(storage.ORIGINALS, arrival.sha256) == NOISY.encode()
    assert arrival.reading == NOISY.strip("\n")
    kinds = list(arrival.fixes.order_by("position").values_list("kind", flat=True))
    assert kinds.count("pinyin") == 2
    assert {"title", "repeated_title", "site_chrome", "blank_lines"} <= set(kinds)
    assert all(arrival.reading[fix.at : fix.at + len(fix.removed)] == fix.removed for fix in arrival.fixes.all())
    assert list(case.decisions.values_list("kind", flat=True)) == ["submit"]


def test_receive_as_draft_decides_nothing(official):
    case = received(official, submit=False)

    assert (case.state, case.decisions.count()) == (Case.State.DRAFT, 0)


def test_receive_writes_an_audit_row_without_the_text(official):
    case = received(official)

    event = AuditEvent.objects.get(event="intake.receive")
    assert (event.actor_id, event.object_id) == (official.pk, case.pk)
    assert event.detail == {
        "intake": case.intakes.get().pk,
        "door": "upload",
        "fixes": CleaningFix.objects.count(),
        "warnings": 0,
    }


def test_receive_twice_with_one_token_makes_one_case(official):
    token = uuid.uuid4()

    first, second = received(official, once_token=token), received(official, once_token=token)

    assert (first.pk, Case.objects.count()) == (second.pk, 1)


def test_receive_refuses_a_token_used_for_another_organisation(official):
    token = uuid.uuid4()
    received(official, once_token=token)

    with pytest.raises(Refused):
        received(official, once_token=token, organisation=OrganisationFactory())
    assert Case.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_receive_pressed_twice_at_once_makes_one_case(official):
    token, barrier, made = uuid.uuid4(), threading.Barrier(2), []

    def press():
        try:
            barrier.wait()
            made.append(received(official, once_token=token).pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=press) for _n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert made == [Case.objects.get().pk] * 2
    assert Intake.objects.count() == 1


def test_receive_warns_when_the_same_file_comes_again(official):
    first, second = received(official), received(official)
    elsewhere = received(official, organisation=OrganisationFactory())

    assert [warning["code"] for warning in second.intakes.get().warnings] == ["same_again"]
    assert first.number in second.intakes.get().warnings[0]["message"]
    assert elsewhere.intakes.get().warnings == first.intakes.get().warnings == []


def test_receive_seals_the_contact_for_this_case(official):
    case = received(official, contact="13800001234")

    assert b"13800001234" not in bytes(case.contact_cipher)
    assert contact.unseal(case.contact_cipher, case.uuid) == "13800001234"
    with pytest.raises(ValueError, match="another row"):
        contact.unseal(case.contact_cipher, uuid.uuid4())


@pytest.mark.parametrize(
    ("given", "shown"),
    [("13800001234", "138****34"), ("0535-8212345", "053****45"), ("li@example.org", "l***@example.org")],
)
def test_contact_masked_leaves_a_trace(given, shown):
    assert contact.masked(given) == shown


def test_receive_takes_the_title_given_and_warns_where_it_is_strange(official):
    case = received(official, title="舌尖上的百亿产业")

    codes = [warning["code"] for warning in case.intakes.get().warnings]
    assert (case.title, codes) == ("舌尖上的百亿产业", ["title_not_in_body", "title_differs"])


def test_receive_finds_words_for_a_text_without_title(official):
    case = received(official, CLEAN)

    assert case.title == CLEAN[:30]
    assert [warning["code"] for warning in case.intakes.get().warnings] == ["title_missing"]


BAD_FILES = {
    "empty": ("a.txt", b""),
    "blank": ("a.txt", b" \r\n\t"),
    "nul_bytes": ("a.txt", "驿站".encode() + b"\0" * 40),
    "password": ("a.docx", sample_files.OLE + "EncryptedPackage".encode("utf-16-le")),
    "bomb": ("a.docx", sample_files.package(body="<w>" + " " * 60_000_000 + "</w>")),
    "dtd": ("a.docx", sample_files.package(body='<!DOCTYPE w [<!ENTITY a "b">]><w/>')),
    "macro": ("a.docm", b"PK\x03\x04" + b"\0" * 64),
    "picture": ("a.txt", b"\x89PNG\r\n\x1a\n" + b"\0" * 64),
    "torn": ("a.docx", b"PK\x03\x04" + b"\0" * 64),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_receive_refuses_bad_files_and_leaves_nothing(name, official, settings):
    filename, data = BAD_FILES[name]

    with pytest.raises(Refused) as refusal:
        received(official, data, filename=filename)

    assert len(str(refusal.value)) > 10
    assert (Case.objects.count(), Intake.objects.count()) == (0, 0)
    assert not settings.MEDIA_ROOT.exists()


def test_receive_reads_gb18030_without_a_label_and_a_line_of_40000(official):
    chinese = received(official, NOISY.encode("gb18030"))
    endless = received(official, "驿站里的灯亮着，" * 5000)

    assert chinese.current_revision.body == CLEAN
    assert len(endless.current_revision.body) == 40000


# The command


def run_command(*arguments):
    """Run `manage.py intake`; return the exit status and the objects printed."""
    out = StringIO()
    status = 0
    try:
        call_command("intake", *map(str, arguments), stdout=out)
    except SystemExit as end:
        status = end.code
    return status, out.getvalue()


@pytest.fixture
def write_up(tmp_path):
    path = tmp_path / "来稿.txt"
    path.write_text(NOISY, encoding="utf-8")
    return path


def test_command_dry_run_prints_one_object_a_file_and_stores_nothing(write_up, django_assert_num_queries):
    with django_assert_num_queries(0):
        status, out = run_command("--dry-run", "--json", write_up)

    (row,) = map(json.loads, out.splitlines())
    assert status == 0
    assert list(row) == [
        "file", "format", "title", "title_fits_body", "body", "characters", "fixes", "figures", "warnings", "case",
    ]  # fmt: skip
    assert (row["file"], row["format"], row["case"]) == (str(write_up), "txt", None)
    assert (row["title"], row["title_fits_body"], row["body"]) == ("红色驿站暖人心", True, CLEAN)
    assert row["characters"] == len(CLEAN.replace("\n", ""))
    assert all(set(fix) == {"kind", "removed", "at"} for fix in row["fixes"])
    assert all(set(warning) == {"code", "message"} for warning in row["warnings"])
    assert {"kind": "pinyin", "removed": "(dǎngjiàn)", "at": NOISY.index("(dǎng")} in row["fixes"]
    for figure in row["figures"]:
        assert CLEAN[figure["start"] : figure["end"]] == figure["mention"]
    assert [figure["value"] for figure in row["figures"]][:4] == [3, 12, 300, 5]


def test_command_goes_on_after_a_refused_file_and_exits_1(write_up, tmp_path):
    empty = tmp_path / "empty.txt"
    empty.write_bytes(b"")

    status, out = run_command("--dry-run", "--json", empty, tmp_path / "nowhere.txt", write_up)

    refused, missing, good = map(json.loads, out.splitlines())
    assert status == 1
    assert (refused["body"], refused["fixes"], refused["figures"], refused["case"]) == (None, [], [], None)
    assert [warning["code"] for warning in refused["warnings"]] == ["empty"]
    assert [warning["code"] for warning in missing["warnings"]] == ["not_opened"]
    assert good["body"] == CLEAN


def test_command_stores_a_case_for_the_organisation_named(write_up):
    organisation = OrganisationFactory(code="zhengxian")
    OrganisationFactory()

    status, out = run_command("--json", "--organisation", "zhengxian", write_up)

    case = Case.objects.get()
    assert (status, json.loads(out)["case"]) == (0, case.number)
    assert (case.organisation, case.state, case.created_by) == (organisation, Case.State.RECEIVED, None)


def test_command_asks_which_organisation_where_there_are_several(write_up):
    OrganisationFactory.create_batch(2)

    with pytest.raises(CommandError):
        run_command(write_up)
    with pytest.raises(CommandError):
        run_command("--organisation", "nobody", write_up)
    assert Case.objects.count() == 0


def test_command_speaks_chinese_without_json(write_up):
    _status, out = run_command("--dry-run", write_up)

    assert "红色驿站暖人心" in out
    assert "清理：标题行 1、重复标题 1、拼音标注 2" in out
    assert "试运行：没有保存任何内容。" in out


# The form


def form(official, **more):
    defaults = {"text": NOISY, "organisation": official.organisation.pk, "once_token": uuid.uuid4()}
    return defaults | {"action": "preview"} | more


ADDRESS = "cases:intake_submit"


def kept_files():
    return [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()]


def upload(data, name="来稿.txt"):
    return SimpleUploadedFile(name, data if isinstance(data, bytes) else data.encode())


def test_preview_shows_what_cleaning_takes_out_and_stores_nothing(official, client):
    client.force_login(official)

    response = client.post(reverse(ADDRESS), form(official), follow=True)

    assert [line.removed for line in response.context["lines"] if line.kind == "pinyin"] == ["(dǎngjiàn)", "(míng)"]
    assert response.context["form"]["title"].value() == "红色驿站暖人心"
    assert Case.objects.count() == 0


def test_preview_and_form_have_addresses_that_back_leads_onto(official, client):
    client.force_login(official)

    posted = client.post(reverse(ADDRESS), form(official, contributor_name="王通讯"))
    seen, again = client.get(posted.url), client.get(posted.url)
    edit = client.post(posted.url, form(official, action="edit", contributor_name="王通讯", title="另一个标题"))
    filled = client.get(edit.url)

    assert (posted.status_code, seen.status_code, edit.status_code) == (302, 200, 302)
    assert seen.content.count("红色驿站暖人心".encode()) == again.content.count("红色驿站暖人心".encode()) > 0
    assert [filled.context["form"][name].value() for name in ("text", "title", "contributor_name")] == [
        NOISY,
        "另一个标题",
        "王通讯",
    ]
    assert "王通讯".encode() not in b"".join(path.read_bytes() for path in kept_files())


def test_the_address_of_a_preview_is_worth_nothing_to_others_and_runs_out(official, client):
    client.force_login(official)
    posted = client.post(reverse(ADDRESS), form(official))

    client.force_login(UserFactory(organisation=official.organisation, role="official"))
    foreign = client.get(posted.url, follow=True)

    assert foreign.redirect_chain == [(reverse(ADDRESS), 302)]
    assert "预览已失效" in foreign.content.decode()
    assert NOISY[:20] not in foreign.content.decode()


@pytest.mark.parametrize(("action", "state"), [("submit", Case.State.RECEIVED), ("draft", Case.State.DRAFT)])
def test_submit_leads_to_the_receipt(action, state, official, client):
    client.force_login(official)

    response = client.post(reverse(ADDRESS), form(official, action=action, contributor_name="王通讯"))

    case = Case.objects.get()
    assert response.url == reverse("cases:receipt_detail", args=[case.pk])
    assert (case.state, case.current_revision.body, case.contributor_name) == (state, CLEAN, "王通讯")
    assert (case.intakes.get().door, case.created_by) == ("paste", official)


def test_submit_pressed_twice_makes_one_case(official, client):
    client.force_login(official)
    sent = form(official, action="submit")

    first, second = client.post(reverse(ADDRESS), sent), client.post(reverse(ADDRESS), sent)

    assert (first.url, Case.objects.count()) == (second.url, 1)


def test_upload_stays_from_preview_to_submission(official, client):
    client.force_login(official)
    sent = form(official, text="", file=upload(NOISY))

    preview = client.post(reverse(ADDRESS), sent, follow=True)
    kept = preview.context["form"]["kept"].value()
    client.post(reverse(ADDRESS), form(official, text="", kept=kept, action="submit"))

    arrival = Intake.objects.get()
    assert (arrival.door, arrival.filename) == ("upload", "来稿.txt")
    assert storage.read(storage.ORIGINALS, arrival.sha256) == NOISY.encode()


def test_upload_stays_when_another_field_is_wrong_and_can_be_taken_out(official, client):
    client.force_login(official)
    sent = form(official, text="", file=upload(NOISY), title="题" * 201)

    wrong = client.post(reverse(ADDRESS), sent)
    kept = wrong.context["form"]["kept"].value()
    without = client.post(reverse(ADDRESS), form(official, text="", kept=kept, action="drop_file"))

    assert wrong.context["kept_name"] == "来稿.txt"
    assert (without.context["kept_name"], without.context["form"]["kept"].value()) == ("", "")


def test_ticket_of_an_upload_is_worth_nothing_to_others(official, client):
    client.force_login(official)
    preview = client.post(reverse(ADDRESS), form(official, text="", file=upload(NOISY)), follow=True)
    other = UserFactory(organisation=official.organisation, role="official")

    client.force_login(other)
    response = client.post(
        reverse(ADDRESS), form(official, text="", kept=preview.context["form"]["kept"].value(), action="submit")
    )

    assert response.context["form"].has_error("text")
    assert Case.objects.count() == 0


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": " \r\n\u3000"}, "text"),
        ({"text": "驿站\0里的灯"}, "text"),
        ({"file": ("来稿.txt", "另一份文稿，也要报送。")}, "text"),
        ({"text": "", "file": ("a.txt", b"")}, "file"),
        ({"text": "", "file": ("a.docm", b"PK\x03\x04" + bytes(64))}, "file"),
        ({"text": "", "file": ("a.pdf", b"%PDF-1.7 " + bytes(64))}, "file"),
        ({"organisation": 0}, "organisation"),
        ({"title": "题" * 201}, "title"),
    ],
)
@pytest.mark.parametrize("action", ["preview", "submit"])
def test_bad_input_is_answered_beside_the_field_and_keeps_the_text(action, wrong, field, official, client):
    client.force_login(official)
    if "file" in wrong:
        wrong = wrong | {"file": upload(wrong["file"][1], wrong["file"][0])}

    response = client.post(reverse(ADDRESS), form(official, action=action, **wrong))

    assert response.context["form"].has_error(field)
    assert Case.objects.count() == 0
    assert response.context["form"]["text"].value() == wrong.get("text", NOISY)


def test_file_of_50_mb_is_dropped_while_it_arrives_and_the_rest_stays(official, client, settings):
    client.force_login(official)

    response = client.post(reverse(ADDRESS), form(official, text="", title="大文件", file=upload(bytes(50 << 20))))

    assert response.status_code == 413
    assert "20 MB" in response.context["form"].errors["file"][0]
    assert response.context["form"]["title"].value() == "大文件"
    assert not settings.MEDIA_ROOT.exists()


def test_paste_beyond_the_limit_is_answered_413(official, client):
    client.force_login(official)

    response = client.post(reverse(ADDRESS), form(official, text="驿" * 2_000_000))

    assert (response.status_code, Case.objects.count()) == (413, 0)


def test_organisations_offered_are_those_below_the_account(official, client):
    below = OrganisationFactory(parent=official.organisation)
    outside = OrganisationFactory()
    client.force_login(official)

    offered = client.get(reverse(ADDRESS)).context["form"].fields["organisation"].queryset
    refused = client.post(reverse(ADDRESS), form(official, organisation=outside.pk, action="submit"))

    assert set(offered) == {official.organisation, below}
    assert refused.context["form"].has_error("organisation")


@pytest.mark.parametrize(("role", "status"), [("contributor", 200), ("overseer", 403), ("auditor", 403)])
def test_form_is_for_those_who_may_submit(role, status, client):
    client.force_login(UserFactory(role=role))

    assert client.get(reverse(ADDRESS)).status_code == status


def test_form_asks_strangers_to_sign_in():
    assert Client().get(reverse(ADDRESS)).status_code == 302


def test_form_costs_the_same_for_1_and_4_organisations(official, client):
    client.force_login(official)
    client.get(reverse(ADDRESS))

    costs, offered = [], []
    for _n in range(2):
        with CaptureQueriesContext(connection) as queries:
            offered.append(client.get(reverse(ADDRESS)).content.decode().count("<option"))
        costs.append(len(queries))
        OrganisationFactory.create_batch(3, parent=official.organisation)

    assert offered[1] == offered[0] + 3
    assert costs[0] == costs[1]


REAL = settings.BASE_DIR.parent / "shared" / "submissions"


@pytest.mark.skipif(not REAL.exists(), reason="the real write-ups are not beside this repository")
@pytest.mark.parametrize(
    ("name", "pinyin", "fits"), [("zhaoyuan-transport-2025.txt", 139, False), ("linshu-logistics-2022.txt", 0, True)]
)
def test_real_write_up_comes_in_and_every_fix_can_be_put_back(name, pinyin, fits, official):
    data = (REAL / name).read_bytes()

    case = received(official, data, filename=name)
    arrival = case.intakes.get()
    count = arrival.fixes.count()
    receipt.undo(intake=arrival, positions=range(1, count + 1), by=official, base=case.current_revision)

    case.refresh_from_db()
    assert arrival.fixes.filter(kind="pinyin").count() == pinyin
    assert ("title_not_in_body" in {warning["code"] for warning in arrival.warnings}) is not fits
    assert case.current_revision.body == arrival.reading.strip("\n")
