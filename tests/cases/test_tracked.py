"""A Word file with unaccepted revisions: both readings, whose they are, and which of them the unit signed."""

import uuid

import pytest
from django.db import transaction
from django.urls import reverse

from cases.actions import intake, tracked
from cases.intake.docx import both_readings
from cases.models import Case, Intake, SignedReading
from config.errors import Refused, WrongState
from members.middleware import set_scope
from members.models import AuditEvent
from tests.cases.word_files import deleted, inserted, paragraph, run, word_file
from tests.factories.members import OrganisationFactory, UserFactory

Reading = SignedReading.Reading
DATA = word_file(
    paragraph(run("司机驿站的一年")),
    paragraph(run("全县登记司机党员"), deleted("16名"), inserted("18名"), run("，逐一结对帮扶，逐户走访慰问。")),
    paragraph(inserted("后来又加了一段，讲一讲夜里值守的事。"), properties="<w:pPr><w:rPr><w:ins/></w:rPr></w:pPr>"),
    paragraph(run("驿站里有热水、有床铺，司机说进了门就像到了家。")),
)


def test_both_readings_of_a_word_file():
    accepted, rejected = both_readings(DATA)

    assert accepted.split("\n")[1:3] == [
        "全县登记司机党员18名，逐一结对帮扶，逐户走访慰问。",
        "后来又加了一段，讲一讲夜里值守的事。",
    ]
    assert rejected.split("\n") == [
        "司机驿站的一年",
        "全县登记司机党员16名，逐一结对帮扶，逐户走访慰问。",
        "驿站里有热水、有床铺，司机说进了门就像到了家。",
    ]


@pytest.fixture
def case(db):
    editor = UserFactory(role="editor", name="陈编辑")
    unit = OrganisationFactory(parent=editor.organisation)
    set_scope(["*"])
    official = UserFactory(role="official", organisation=unit)
    made = intake.receive(
        data=DATA,
        filename="定稿.docx",
        door=Intake.Door.UPLOAD,
        organisation=unit,
        by=official,
        once_token=uuid.uuid4(),
    )
    made.editor = editor
    return made


def page_of(case):
    return reverse("cases:receipt_tracked", args=[case.pk])


def test_the_desk_reads_both_and_is_led_there(client, case):
    client.force_login(case.editor)

    desk = client.get(case.get_absolute_url()).content.decode()
    page = client.get(page_of(case))

    assert page_of(case) in desk
    changes = [(change.gone, change.came) for change in page.context["listed"]]
    assert changes == [("16名", "18名"), ("", "后来又加了一段，讲一讲夜里值守的事。")]
    assert "还不清楚单位签发的是哪一种" in page.content.decode()


def test_what_the_unit_signed_is_noted_with_by_whose_word(client, case):
    client.force_login(case.editor)

    silent = client.post(page_of(case), {"reading": "accepted", "note": " "})
    client.post(page_of(case), {"reading": "accepted", "note": "办公室主任，电话"})

    (said,) = SignedReading.objects.all()
    assert silent.status_code == 422
    assert (said.reading, said.note, said.noted_by) == (Reading.ACCEPTED, "办公室主任，电话", case.editor)
    assert AuditEvent.objects.get(event="intake.signed").detail["reading"] == "accepted"
    assert "单位签发的是：接受修订后的文本" in client.get(case.get_absolute_url()).content.decode()


def test_the_text_before_its_revisions_becomes_the_next_one(client, case):
    client.force_login(case.editor)
    client.post(page_of(case), {"reading": "rejected", "note": "盖章件传真"})

    form = client.get(page_of(case)).context["text_form"]
    typed = {name: form[name].value() for name in ("base", "title", "body", "note")}
    client.post(reverse("cases:revision_edit", args=[case.pk]), typed)

    case = Case.objects.get(pk=case.pk)
    assert case.current_revision.number == 2
    assert "16名" in case.current_revision.body
    assert "夜里值守" not in case.current_revision.body


def test_only_the_desk_notes_it(client, case):
    client.force_login(case.created_by)

    assert client.get(page_of(case)).status_code == 403
    with pytest.raises(WrongState), transaction.atomic():
        tracked.note_signed(intake=case.intakes.get(), reading="accepted", note="我说的", by=case.created_by)
    with pytest.raises(Refused), transaction.atomic():
        tracked.note_signed(intake=case.intakes.get(), reading="accepted", note="", by=case.editor)


def test_the_database_hides_it_outside_the_scope(case):
    tracked.note_signed(intake=case.intakes.get(), reading="accepted", note="电话", by=case.editor)

    with transaction.atomic():
        set_scope([OrganisationFactory().path])
        assert list(SignedReading.objects.all()) == []
        set_scope([case.organisation.path])
        assert SignedReading.objects.count() == 1


def test_a_pasted_text_has_no_second_reading(client, case):
    pasted = intake.receive(
        data="题目\n这是一段足够长的正文，讲司机驿站的事。".encode(),
        filename="",
        door=Intake.Door.PASTE,
        organisation=case.organisation,
        by=case.created_by,
        once_token=uuid.uuid4(),
    )
    client.force_login(case.editor)

    assert client.get(page_of(pasted)).status_code == 302
