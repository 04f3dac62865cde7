"""A list of certificates: good rows go in, the others come back with a reason or a question, and nothing doubles."""

import io
import uuid
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from members.middleware import set_scope
from members.models import AuditEvent, Organisation
from services import certificates
from services.models import Grant
from tests.factories import services as rows
from tests.factories.members import OrganisationFactory, PersonFactory, UserFactory

pytestmark = pytest.mark.django_db
PAGE = "services:award_list"
HEAD = "姓名\t技能等级\t证书编号\t发证日期\t发证机关"
USUAL = certificates.Award("", "", "职业技能等级证书", "", "", "", "", None)
TODAY = date(2026, 11, 22)


@pytest.fixture
def official(kinds):
    user = UserFactory(role="official", organisation__name="沂河县交通运输局")
    set_scope([user.organisation.path])
    return user


@pytest.fixture
def signed_in(client, official):
    client.force_login(official)
    return client


def person(official, name, firm=""):
    employer = (
        OrganisationFactory(parent=official.organisation, kind=Organisation.Kind.ENTERPRISE, name=firm)
        if firm
        else None
    )
    return PersonFactory(organisation=official.organisation, name=name, employer=employer)


def sheet(official, kinds, *lines, code="skill-certificate", **values):
    plain = {
        "kind": kinds[code].pk,
        "text": "\n".join(lines),
        "organisation": official.organisation.pk,
        "once": uuid.uuid4(),
    }
    return plain | values


def send(client, data):
    return client.post(reverse(PAGE), data)


def test_a_pasted_list_is_one_row_each(signed_in, official, kinds):
    first, second = person(official, "秦师傅"), person(official, "宋师傅")

    response = send(
        signed_in,
        sheet(
            official,
            kinds,
            HEAD,
            "秦师傅\t高级工\tS-001\t2024年5月20日\t市人社局",
            "宋 师傅\t省级\tS-002\t2024-05-21\t市人社局",
        ),
    )

    made = list(Grant.objects.order_by("pk").values_list("person", "serial", "grade", "level", "given_on", "issuer"))
    assert made == [
        (first.pk, "S-001", "高级工", "", date(2024, 5, 20), "市人社局"),
        (second.pk, "S-002", "", "province", date(2024, 5, 21), "市人社局"),
    ]
    page = signed_in.get(response.url)
    assert page.context["page"].paginator.count == 2
    assert AuditEvent.objects.filter(event="grant.list").count() == 1


def test_good_rows_go_in_and_bad_ones_come_back_with_reasons(signed_in, official, kinds):
    person(official, "秦师傅")

    response = send(
        signed_in,
        sheet(
            official,
            kinds,
            HEAD,
            "秦师傅\t高级工\tS-001\t2024-05-20\t市人社局",
            "查无此人\t高级工\tS-002\t2024-05-20\t市人社局",
            "秦师傅\t高级工\tS-003\t2099-01-01\t市人社局",
            "秦师傅\t高级工\tS-004\t1900-01-01\t市人社局",
            "秦师傅\t高级工\tS-005\t去年\t市人社局",
            "\t高级工\tS-006\t2024-05-20\t市人社局",
            f"秦师傅\t{'高' * 21}\tS-007\t2024-05-20\t市人社局",
            "秦师傅\t高级工\tS-008\t\t市人社局",
            "秦师傅\t中级工\tS-001\t2024-05-20\t市人社局",
        ),
    )

    shown = response.content.decode()
    assert [grant.serial for grant in Grant.objects.all()] == ["S-001"]
    for words in ("登记簿中没有", "还没有到", "过于久远", "不是日期", "没有填写", "超过 20 字", "只保留一条"):
        assert words in shown, words
    box = response.context["form"]["text"].value()
    assert box.count("\n") == 8
    assert "S-001\t2024-05-20" in box
    assert "查无此人" in box


def test_a_name_with_namesakes_is_asked_and_never_guessed(signed_in, official, kinds):
    person(official, "秦师傅", "顺风运输公司")
    other = person(official, "秦师傅", "东城物流公司")
    data = sheet(official, kinds, HEAD, "秦师傅\t高级工\tS-001\t2024-05-20\t市人社局")

    asked = send(signed_in, data)
    [(_line, name, choices)] = asked.context["questions"]
    count = Grant.objects.count()
    told = send(signed_in, data | {"text": asked.context["form"]["text"].value(), name: other.pk})

    assert count == 0
    assert "秦师傅 · 高级工 · S-001" in asked.content.decode()
    assert [label for _value, label in choices][:2] == ["秦师傅（顺风运输公司）", "秦师傅（东城物流公司）"]
    assert (told.status_code, Grant.objects.get().person) == (302, other)


def test_the_employer_tells_namesakes_apart(signed_in, official, kinds):
    person(official, "秦师傅", "顺风运输公司")
    other = person(official, "秦师傅", "东城物流公司")

    send(signed_in, sheet(official, kinds, "姓名，单位，编号，颁发日期", "秦师傅，东城物流，S-1，2024-05-20"))

    assert Grant.objects.get().person == other


def test_none_of_the_namesakes_is_an_answer(signed_in, official, kinds):
    for _number in range(2):
        person(official, "秦师傅")
    data = sheet(official, kinds, HEAD, "秦师傅\t高级工\tS-001\t2024-05-20\t市人社局")
    [(_line, name, _choices)] = send(signed_in, data).context["questions"]

    send(signed_in, data | {name: "none"})

    assert Grant.objects.get().person is None


def test_an_answer_that_was_not_offered_is_no_answer(signed_in, official, kinds):
    for _number in range(2):
        person(official, "秦师傅")
    stranger = person(official, "宋师傅")
    data = sheet(official, kinds, HEAD, "秦师傅\t高级工\tS-001\t2024-05-20\t市人社局")
    [(_line, name, _choices)] = send(signed_in, data).context["questions"]

    send(signed_in, data | {name: stranger.pk})

    assert Grant.objects.count() == 0


def test_a_list_sent_again_doubles_nothing(signed_in, official, kinds):
    person(official, "秦师傅")
    lines = [HEAD, "秦师傅\t高级工\tS-001\t2024-05-20\t市人社局", "查无此人\t高级工\tS-002\t2024-05-20\t市人社局"]

    send(signed_in, sheet(official, kinds, *lines, without_names="on"))
    again = send(signed_in, sheet(official, kinds, *lines, without_names="on"))

    assert sorted(Grant.objects.values_list("serial", flat=True)) == ["S-001", "S-002"]
    assert "2 条此前已经录入" in signed_in.get(again.url).content.decode()


def test_rows_without_a_number_are_known_by_person_day_and_name(signed_in, official, kinds):
    person(official, "秦师傅")
    data = sheet(official, kinds, "姓名\t日期", "秦师傅\t2024-05-20", code="pioneer")

    for _time in range(2):
        send(signed_in, data | {"once": uuid.uuid4()})
    send(signed_in, data | {"once": uuid.uuid4(), "title": "沭路先锋"})

    assert sorted(Grant.objects.values_list("name", flat=True)) == ["先锋称号", "沭路先锋"]


def test_the_same_number_of_another_issuer_is_another_certificate(signed_in, official, kinds):
    rows.GrantFactory(
        organisation=official.organisation, kind=kinds["skill-certificate"], serial="S-001", issuer="省人社厅"
    )
    set_scope([official.organisation.path])

    send(signed_in, sheet(official, kinds, HEAD, "某人\t高级工\tS-001\t2024-05-20\t市人社局", without_names="on"))

    assert Grant.objects.filter(serial="S-001").count() == 2


def test_people_of_other_counties_are_not_found(signed_in, official, kinds):
    PersonFactory(name="外县人")

    response = send(signed_in, sheet(official, kinds, HEAD, "外县人\t高级工\tS-001\t2024-05-20\t市人社局"))

    assert "登记簿中没有" in response.content.decode()
    assert Grant.objects.count() == 0


def test_an_honour_without_its_person_is_not_taken(signed_in, official, kinds):
    response = send(
        signed_in,
        sheet(official, kinds, "姓名\t日期", "查无此人\t2024-05-20", code="honour-person", without_names="on"),
    )

    assert "须记名" in response.content.decode()
    assert Grant.objects.count() == 0


def workbook(*lines):
    book, out = Workbook(), io.BytesIO()
    for line in lines:
        book.active.append(line)
    book.save(out)
    return SimpleUploadedFile("证书名单.xlsx", out.getvalue())


def test_a_workbook_is_read_like_a_pasted_list(signed_in, official, kinds):
    found = person(official, "秦师傅")
    file = workbook(["姓名", "证书编号", "发证日期"], ["秦师傅", 20240017, date(2024, 5, 20)])

    send(signed_in, sheet(official, kinds, file=file, issuer="市人社局"))

    grant = Grant.objects.get()
    assert (grant.person, grant.serial, grant.given_on, grant.issuer) == (
        found,
        "20240017",
        date(2024, 5, 20),
        "市人社局",
    )


def test_a_workbook_beside_a_wrong_field_is_not_lost(signed_in, official, kinds):
    file = workbook(["姓名", "证书编号"], ["秦师傅", "S-1"])

    response = send(signed_in, sheet(official, kinds, file=file) | {"kind": "999999"})

    assert response.status_code == 422
    assert response.context["form"]["text"].value() == "姓名\t编号\n秦师傅\tS-1"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"text": ""}, "请在此粘贴名单"),
        ({"text": "\n".join(["某人"] * 1001)}, "1,000"),
        ({"file": SimpleUploadedFile("名单.xlsx", b"%PDF-1.7")}, "名单"),
        ({"issued_on": "2099-01-01"}, "尚未到来"),
    ],
)
def test_what_cannot_be_read_is_said(signed_in, official, kinds, values, words):
    response = send(signed_in, sheet(official, kinds, **values))

    assert response.status_code == 422
    assert words in response.content.decode()


def test_the_rows_not_taken_can_be_had_as_a_workbook(signed_in, official, kinds):
    data = sheet(official, kinds, HEAD, "查无此人\t=1+1\tS-001\t2024-05-20\t市人社局", download="1")

    response = send(signed_in, data)

    lines = [[cell.value for cell in row] for row in load_workbook(io.BytesIO(response.content)).active.iter_rows()]
    assert lines[0][0] == "姓名"
    assert lines[1][0] == "查无此人"
    assert lines[1][2] == "=1+1"
    assert "登记簿中没有" in lines[1][-1]
    assert Grant.objects.count() == 0


def test_a_list_costs_the_same_for_one_row_and_for_many(signed_in, official, kinds, django_assert_max_num_queries):
    people = [person(official, f"第{number}师傅") for number in range(30)]
    lines = [f"{one.name}\t高级工\tS-{one.pk}\t2024-05-20\t市人社局" for one in people]

    with django_assert_max_num_queries(24):
        send(signed_in, sheet(official, kinds, HEAD, *lines))

    assert Grant.objects.count() == 30


def test_a_list_without_a_header_stands_in_the_printed_order():
    [line] = certificates.read_lines(certificates.rows_of("秦师傅  高级工  S-1  2024.5.20  市人社局"))

    award, faults = certificates.read(line, USUAL, TODAY)

    assert faults == []
    assert (award.name, award.grade, award.serial, award.issued_on) == ("秦师傅", "高级工", "S-1", date(2024, 5, 20))


def test_a_row_keeps_its_key_wherever_it_stands():
    lines = certificates.read_lines(certificates.rows_of(f"{HEAD}\n甲\t\tS-1\n乙\t\tS-2"))
    again = certificates.read_lines(certificates.rows_of(certificates.written(lines[1:])))

    assert again[0].key == lines[1].key
