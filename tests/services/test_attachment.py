"""Files of the ledger: added through one page to any row, policy papers with number and day, taken away again."""

import datetime
import io

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from cases.actions import sweep
from config.errors import FileRefused, Refused, WrongState
from config.uploads import gate, storage
from members.middleware import set_scope
from members.models import AuditEvent
from services.actions import attachment as actions
from services.indicators import registry
from services.indicators.periods import parse
from services.indicators.registry import Scope
from services.models import Attachment
from services.queries import attachment as queries
from tests.config.test_uploads.sample_files import photo, word, workbook
from tests.factories import services as rows
from tests.factories.members import OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\nagreement\n%%EOF\n"
TODAY = datetime.date(2024, 6, 20)
MAKERS = {
    "activity": rows.ActivityFactory,
    "matter": rows.MatterFactory,
    "pairing": rows.PairingFactory,
    "grant": rows.GrantFactory,
    "venue": rows.VenueFactory,
    "campaign": rows.CampaignFactory,
    "figure": rows.FigureFactory,
}


@pytest.fixture(autouse=True)
def clock(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    with time_machine.travel(TODAY, tick=False):
        yield


@pytest.fixture
def official(db):
    user = UserFactory(role="official", organisation__name="沂河县交通运输局")
    set_scope([user.organisation.path])
    return user


@pytest.fixture
def signed_in(client, official):
    client.force_login(official)
    return client


def sent(data, name):
    return SimpleUploadedFile(name, data)


def paper_form(official, **values):
    plain = {
        "title": "物流行业党建工作规范",
        "number": "沂交党〔2024〕3号",
        "issuer": official.organisation_id,
        "issued_on": "2024-05-20",
        "organisation": official.organisation_id,
        "file": sent(PDF, "规范.pdf"),
    }
    return plain | values


def test_every_row_that_takes_files_is_known():
    assert set(queries.KEEPERS) | {"issuer"} == set(queries.OWNERS)
    assert {name: model._meta.model_name for name, (model, _permission) in queries.KEEPERS.items()} == {
        name: name for name in queries.KEEPERS
    }


@pytest.mark.parametrize("name", MAKERS)
def test_a_file_is_added_to_each_sort_of_row_on_one_page(signed_in, official, name):
    owner = MAKERS[name](organisation=official.organisation)
    address = reverse("services:attachment_of", args=[name, owner.pk])

    response = signed_in.post(address, {"sort": "file", "file": sent(PDF, "通知.pdf"), "number": "1 号"})

    kept = Attachment.objects.get()
    assert response.url == address
    assert (queries.owner_of(kept), kept.sort, str(kept), kept.number) == (owner, "file", "通知", "1 号")
    assert (kept.organisation, kept.added_by) == (official.organisation, official)
    assert AuditEvent.objects.filter(event="attachment.add", object_id=owner.pk).count() == 1
    assert "通知" in signed_in.get(address).content.decode()
    assert queries.shelf(owner, official).papers == [kept]


def test_the_pages_of_rows_show_what_lies_with_them(signed_in, official):
    for maker in (rows.ActivityFactory, rows.MatterFactory, rows.PairingFactory):
        owner = maker(organisation=official.organisation)
        made = actions.add(owner=owner, data=PDF, filename="附件一.pdf", by=official)

        page = signed_in.get(owner.get_absolute_url()).content.decode()

        assert f'href="{made.get_absolute_url()}"' in page
        assert queries.address(owner) in page


def test_who_may_only_read_sees_files_and_no_way_to_add(client, official):
    overseer = UserFactory(role="overseer", organisation=official.organisation)
    owner = rows.MatterFactory(organisation=official.organisation)
    made = actions.add(owner=owner, data=PDF, filename="附件一.pdf", by=official)
    client.force_login(overseer)

    page = client.get(owner.get_absolute_url()).content.decode()

    assert f'href="{made.get_absolute_url()}"' in page
    assert queries.address(owner) not in page
    assert client.get(queries.address(owner)).status_code == 403
    with pytest.raises(Refused):
        actions.add(owner=owner, data=PDF, filename="a.pdf", by=overseer)
    with pytest.raises(Refused):
        actions.remove(attachment=made, by=overseer)


def test_a_document_is_handed_out_to_be_saved(signed_in, official):
    owner = rows.PairingFactory(organisation=official.organisation)
    made = actions.add(owner=owner, data=word(), filename="三方协议.docx", by=official, sort="agreement")

    served = signed_in.get(made.get_absolute_url())

    assert served.content == word()
    assert served["Content-Type"] == gate.KINDS["docx"].content_type
    assert served["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    assert served["X-Content-Type-Options"] == "nosniff"
    assert served["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_a_picture_of_an_agreement_stays_an_agreement_in_three_sizes(signed_in, official):
    owner = rows.PairingFactory(organisation=official.organisation)
    made = actions.add(owner=owner, data=photo(), filename="签字页.jpg", by=official, sort="agreement", title="签字页")
    other = actions.add(owner=owner, data=photo(width=320), filename="合影.jpg", by=official)

    assert (made.sort, made.is_picture, other.sort) == ("agreement", True, "photo")
    assert signed_in.get(made.get_absolute_url())["Content-Type"] == "image/jpeg"
    assert signed_in.get(reverse("services:attachment_file", args=[made.pk])).status_code == 404
    assert queries.shelf(owner, official).photos == [other]


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("协议.pdf", b"MZ\x90\x00" + b"\0" * 64, "内容"),
        ("协议.exe", PDF, ".pdf"),
        ("协议.html", b"<!doctype html><script>alert(1)</script>", ".pdf"),
        ("协议.pdf", b"", "空"),
        ("协议.docm", word(), "宏"),
    ],
)
def test_what_is_no_honest_file_is_refused_and_what_was_typed_stays(signed_in, official, name, data, words):
    owner = rows.CampaignFactory(organisation=official.organisation)

    response = signed_in.post(
        queries.address(owner), {"sort": "agreement", "title": "三方协议", "file": sent(data, name)}
    )

    assert response.status_code == 422
    assert words in response.content.decode()
    assert 'value="三方协议"' in response.content.decode()
    assert Attachment.objects.count() == 0


def test_a_file_above_the_limit_is_told_from_a_missing_one(signed_in, official):
    owner = rows.CampaignFactory(organisation=official.organisation)
    large = sent(PDF + b" " * (20 * 1024 * 1024), "协议.pdf")

    response = signed_in.post(queries.address(owner), {"sort": "file", "file": large})

    assert response.status_code == 422
    assert "超过 20 MB" in response.content.decode()


def test_the_same_file_on_the_same_row_is_one(official):
    owner = rows.MatterFactory(organisation=official.organisation)

    first, second = (actions.add(owner=owner, data=PDF, filename="a.pdf", by=official) for _time in range(2))

    assert first == second
    assert Attachment.objects.count() == 1


def test_a_file_taken_away_is_shown_and_served_to_nobody(signed_in, official):
    owner = rows.MatterFactory(organisation=official.organisation)
    made = actions.add(owner=owner, data=PDF, filename="a.pdf", by=official)

    signed_in.post(reverse("services:attachment_remove", args=[made.pk]))

    made.refresh_from_db()
    assert made.removed_by == official
    assert queries.shelf(owner, official).is_empty
    assert signed_in.get(made.get_absolute_url()).status_code == 404
    assert AuditEvent.objects.filter(event="attachment.remove", object_id=owner.pk).count() == 1
    with pytest.raises(WrongState):
        actions.remove(attachment=made, by=official)


def test_another_countys_file_is_not_there(signed_in, official):
    theirs = rows.AttachmentFactory(organisation=OrganisationFactory(name="别县交通运输局"))

    assert signed_in.get(reverse("services:attachment_file", args=[theirs.pk])).status_code == 404
    assert signed_in.post(reverse("services:attachment_remove", args=[theirs.pk])).status_code == 404


def test_the_sweep_leaves_documents_of_the_ledger_alone(official):
    owner = rows.MatterFactory(organisation=official.organisation)
    made = actions.add(owner=owner, data=PDF, filename="a.pdf", by=official)
    storage.keep(b"nobody's", storage.ORIGINALS)

    with time_machine.travel(TODAY + datetime.timedelta(days=30)):
        sweep.sweep()

    assert storage.read(storage.ORIGINALS, made.sha256) == PDF


def test_a_policy_paper_counts_by_its_day_of_issue(signed_in, official):
    response = signed_in.post(reverse("services:paper_create"), paper_form(official))

    made = Attachment.objects.get()
    assert response.url == reverse("services:paper_list")
    assert (made.sort, made.title, made.number) == ("policy", "物流行业党建工作规范", "沂交党〔2024〕3号")
    assert (made.issuer, made.issued_on) == (official.organisation, datetime.date(2024, 5, 20))
    scope = Scope(official.organisation)
    counts = [registry.read("document.count", scope, parse(text, TODAY)).value for text in ("2024", "2024Q1")]
    assert counts == [1, 0]
    page = signed_in.get(reverse("services:paper_list")).content.decode()
    assert "沂交党〔2024〕3号" in page and made.get_absolute_url() in page
    actions.remove(attachment=made, by=official)
    assert registry.read("document.count", scope, parse("2024", TODAY)).value == 0


def test_a_paper_of_a_body_above_is_kept_below(official):
    above = OrganisationFactory(name="市交通运输局")
    made = actions.add_paper(
        organisation=official.organisation,
        issuer=above,
        title="考评细则",
        data=word(),
        filename="细则.docx",
        by=official,
    )

    assert (made.organisation, made.issuer, made.filename) == (official.organisation, above, "细则.docx")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"title": ""}, "没有填写"),
        ({"issued_on": "2099-01-01"}, "不能晚于今天"),
        ({"issued_on": "1900-01-01"}, "1949"),
        ({"issued_on": ""}, "没有填写"),
        ({"issuer": "999999"}, "选择"),
        ({"file": ""}, "没有填写"),
        ({"file": SimpleUploadedFile("统计表.xlsx", workbook())}, ".docx"),
        ({"file": SimpleUploadedFile("合影.jpg", photo())}, ".docx"),
    ],
)
def test_a_paper_that_lacks_something_is_refused_with_a_sentence(signed_in, official, values, words):
    response = signed_in.post(reverse("services:paper_create"), paper_form(official, **values))

    assert response.status_code == 422
    assert words in response.content.decode()
    assert "沂交党〔2024〕3号" in response.content.decode()
    assert Attachment.objects.count() == 0


def test_the_same_paper_is_not_counted_twice(signed_in, official):
    signed_in.post(reverse("services:paper_create"), paper_form(official))

    again = signed_in.post(reverse("services:paper_create"), paper_form(official, title="换个标题"))

    assert again.status_code == 422
    assert "物流行业党建工作规范" in again.content.decode()
    assert Attachment.objects.count() == 1


def test_a_door_for_papers_takes_nothing_else():
    with pytest.raises(FileRefused):
        gate.admit("paper", "合影.jpg", photo())
    assert gate.admit("paper", "规范.pdf", PDF).kind == "pdf"
    assert gate.content_type_of("a.sh") == "application/octet-stream"


def papers(official, count):
    for number in range(count):
        rows.AttachmentFactory(
            organisation=official.organisation,
            title=f"第{number}号规范",
            number=f"{number}号",
            issued_on=datetime.date(2023 + number % 2, 5, 20),
        )


@pytest.mark.parametrize(
    ("asked", "found"),
    [({}, 4), ({"year": "2024"}, 2), ({"text": "第3"}, 1), ({"text": "2号"}, 1), ({"sort": "agreement"}, 0)],
)
def test_the_export_holds_exactly_what_the_list_shows(signed_in, official, asked, found):
    papers(official, 4)

    page = signed_in.get(reverse("services:paper_list"), asked)
    sheet = load_workbook(io.BytesIO(signed_in.post(reverse("services:paper_export"), asked).content)).worksheets[0]

    assert len(page.context["lines"]) == found
    assert [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)] == [
        str(row) for row, _owner in page.context["lines"]
    ]


def test_agreements_stand_on_the_list_with_their_pairing(signed_in, official):
    owner = rows.PairingFactory(organisation=official.organisation, helper__name="孙大姐", helped__name="周师傅")
    actions.add(owner=owner, data=PDF, filename="协议书.pdf", by=official, sort="agreement")

    page = signed_in.get(reverse("services:paper_list"), {"sort": "agreement"}).content.decode()

    assert "协议书" in page and "孙大姐 → 周师傅" in page


def test_the_list_costs_as_much_for_one_paper_as_for_many(signed_in, official):
    costs = []
    signed_in.get(reverse("services:paper_list"))  # a session's first page costs more
    for count in (1, 6):
        papers(official, count)
        with CaptureQueriesContext(connection) as captured:
            signed_in.get(reverse("services:paper_list"))
        costs.append(len(captured))

    assert costs[0] == costs[1]
