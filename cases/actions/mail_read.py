"""Reading a letter into the rows it becomes, unsaved: its parts judged by the gate, and what an editor should know."""

from dataclasses import dataclass, field

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.intake import mail as reading
from cases.intake import mail_origin
from cases.models import MessagePart
from cases.models.mail import MailState
from config.errors import FileRefused
from config.uploads import gate

BODY_CHARACTERS = 200_000
BIG_LINKS = ("mail.qq.com/cgi-bin/ftnExs", "wx.mail.qq.com/ftn/", "dashi.163.com", "mail.163.com/large-attachment")
UNSAFE = {
    "too_large": gettext_lazy("The letter is larger than 20 MB and was set aside unread. Ask for the text alone."),
    "too_many_parts": gettext_lazy("The letter has more than 50 parts and was set aside unread."),
    "too_deep": gettext_lazy("Letters are packed into letters more than ten deep; it was set aside unread."),
    "headers": gettext_lazy("The head of the letter is longer than any honest one and was set aside unread."),
}
ARCHIVES = {
    "zip_opened": gettext_lazy("Unpacked: the files in it stand below."),
    "zip_locked": gettext_lazy("The archive is under a password. Ask for the files one by one."),
    "zip_too_many": gettext_lazy("The archive holds more than 30 files, or 40 MB. Ask for the files one by one."),
    "zip_broken": gettext_lazy("The archive cannot be opened. Ask for the files one by one."),
}


@dataclass
class Told:
    """What a letter tells once it is read; all empty where it could not be. Parts come with the bytes to be kept."""

    letter: reading.Letter | None = None
    body: str = ""
    parts: list[tuple[MessagePart, bytes | None]] = field(default_factory=list)
    warnings: list[dict] = field(default_factory=list)
    state: MailState = MailState.WAITING


def read(data: bytes, *, is_cut: bool) -> Told:
    """Read a letter and judge its parts; beyond a bound it is set aside with the reason."""
    try:
        if is_cut:
            raise reading.Unsafe("too_large")
        letter = reading.read(data)
    except reading.Unsafe as unsafe:
        head = None
        if is_cut:
            head = _head_alone(data)
        return Told(letter=head, warnings=[note(unsafe.code, UNSAFE[unsafe.code])], state=MailState.PARKED)
    told = Told(letter=letter, body=reading.body_of(letter)[:BODY_CHARACTERS])
    if told.body.strip():
        told.parts.append(_part(0, "", told.body.encode()))
    files = [part for part in letter.parts if not part.is_text]
    told.parts += [_part(number, part.name, part.data, part.note) for number, part in enumerate(files, start=1)]
    if mail_origin.why_automatic(letter, {address.lower() for address in settings.MAIL_OWN_ADDRESSES}):
        told.state = MailState.AUTOMATIC
    if len(letter.values("from")) != 1:
        told.warnings.append(note("senders", _("The letter names no sender, or more than one.")))
    if any(link in told.body for link in BIG_LINKS):
        sentence = _("It links to a large attachment that expires: open the link and save the file soon.")
        told.warnings.append(note("big_link", sentence))
    return told


def _head_alone(data: bytes) -> reading.Letter | None:
    try:
        return reading.read(data.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
    except reading.Unsafe:
        return None


def _part(position: int, name: str, data: bytes, archive: str = "") -> tuple[MessagePart, bytes | None]:
    """Let a part through the gate of texts, else of photos; keep why neither takes it.

    An old Word file is kept even where it cannot be read here: an editor can save it and open it at home.
    """
    part = MessagePart(position=position, name=name, size_bytes=len(data), use=MessagePart.Use.TEXT)
    if not name:
        return part, data
    if archive:
        part.use, part.problem = MessagePart.Use.NONE, str(ARCHIVES[archive])
        return part, None
    door = "photo" if gate.extension_of(name) in gate.DOORS["photo"].extensions else "text"
    try:
        gate.admit(door, name, data)
    except FileRefused as refusal:
        part.use, part.problem = MessagePart.Use.NONE, str(refusal)
        return part, data if refusal.code == "old_word" and gate.extension_of(name) in gate.KINDS[
            "doc"
        ].extensions else None
    if door == "photo":
        part.use = MessagePart.Use.PHOTO
    return part, data


def note(code: str, message: object) -> dict:
    """Return a warning as it is stored beside a letter."""
    return {"code": code, "message": str(message)}
