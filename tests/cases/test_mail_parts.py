"""What comes with a letter: old Word files, archives, letters in the letter; each judged, kept and admitted alone."""

import pytest

from cases.actions import mail
from cases.models import Intake
from config.uploads import storage
from members.middleware import set_scope
from tests.cases.mail_files import NAMES, TEXT, archive, document, letter
from tests.factories.members import UserFactory
from tests.office import old_word

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(db):
    set_scope(["*"])
    return UserFactory(role="chief_editor")


def taken(editor, *files):
    return mail.receive(data=letter("请看附件。", files=files), organisation=editor.organisation)


def parts_of(message):
    return [(part.name, part.use) for part in message.parts.exclude(name="").order_by("position")]


def admitted(editor, message, name):
    chosen = [message.parts.get(name=name)]
    return mail.admit(message=message, parts=chosen, organisation=editor.organisation, by=editor)[0]


def test_old_word_file_becomes_a_case_and_the_original_stays(editor):
    old = old_word(document(f"{TEXT}\n记录人{NAMES}。"))
    message = taken(editor, (f"材料{NAMES}.wps", old))

    case = admitted(editor, message, f"材料{NAMES}.wps")

    assert NAMES in case.current_revision.body
    assert storage.read(storage.ORIGINALS, case.intakes.get().sha256) == old
    assert (case.intakes.get().door, case.intakes.get().format) == (Intake.Door.MAIL, "doc")


def test_without_libreoffice_an_old_word_file_is_kept_and_says_what_to_do(editor, monkeypatch):
    old = old_word(document(TEXT))
    monkeypatch.setenv("PATH", "/nowhere")

    part = taken(editor, ("材料.doc", old)).parts.get(name="材料.doc")

    assert part.use == "none"
    assert "另存为 .docx" in part.problem
    assert storage.read(storage.ORIGINALS, part.sha256) == old


def test_files_of_an_archive_are_judged_one_by_one(editor):
    packed = archive((f"材料/{NAMES}.docx", document(TEXT)), ("材料/表.xlsx", b"x"))

    message = taken(editor, ("材料.zip", packed))

    assert parts_of(message) == [("材料.zip", "none"), (f"{NAMES}.docx", "text"), ("表.xlsx", "none")]
    assert message.parts.get(name="材料.zip").problem == "已解开：其中的文件列在下面。"
    assert NAMES not in admitted(editor, message, f"{NAMES}.docx").title


def test_saved_letter_gives_its_text_and_its_document_to_choose_from(editor):
    inner = letter(TEXT, subject="驿站来稿", files=[("案例.docx", document(TEXT))])

    message = taken(editor, ("转发的信.eml", inner))

    assert message.body == "请看附件。"
    assert parts_of(message) == [("案例.docx", "text"), ("转发的信.txt", "text")]
    assert admitted(editor, message, "转发的信.txt").current_revision.body == TEXT
