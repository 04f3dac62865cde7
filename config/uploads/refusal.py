"""Why the gate turns a file away: one table of codes and sentences.

Pure: the bounded child raises `Rejected` with a code and values, and only the parent, which has Django,
makes the translated `FileRefused` of it (`config.uploads.bounded.refused`).
"""


def _(message):
    """Mark a sentence for the translators; it is translated when the refusal is shown."""
    return message


class Rejected(Exception):
    """The file may not enter; `code` is a key of SENTENCES, `values` fill the sentence."""

    def __init__(self, code, **values):
        super().__init__(code)
        self.code = code
        self.values = values


SENTENCES = {
    # any file
    "empty": _("The file is empty. Check that it was saved, then choose it again."),
    "too_large": _("The file has {size} MB; at most {limit} MB can be taken. Make it smaller and send it again."),
    "extension": _("Files ending in “{extension}” are not taken here. Send one of these: {accepted}."),
    "mismatch": _(
        "The name ends in “{extension}”, but the content is {actual}. Save the file again in the right format; "
        "these are taken: {accepted}."
    ),
    "unknown": _("The content of the file is not what “{extension}” promises. Open it, save it again and resend it."),
    "nul_bytes": _(
        "The file is not plain text: it contains NUL bytes. Open it in Notepad or WPS and save it as UTF-8 text."
    ),
    "heic": _(
        "This photo is in the HEIC format of a phone. Export it as JPEG, or set the camera to “Most compatible”."
    ),
    "picture_format": _("Pictures are taken as JPEG, PNG or WebP. Save the picture in one of them and resend it."),
    # Word and Excel
    "password": _("The document is protected by a password. Remove the password in Word or WPS and send it again."),
    "old_word": _(
        "This is a document in the old format (.doc or .wps). Open it in Word or WPS, save it as .docx and send that."
    ),
    "old_excel": _("This is a workbook in the old format (.xls or .et). Save it as .xlsx and send that."),
    "rtf": _("This is an RTF document. Open it in Word or WPS, save it as .docx and send that."),
    "damaged_container": _(
        "The document is damaged or was put together by hand. Open it in Word or WPS, save it as a new file and "
        "send that."
    ),
    "not_word": _("The content is not a Word document. Open it in Word or WPS, save it as .docx and send that."),
    "not_excel": _("The content is not an Excel workbook. Open it in Excel or WPS, save it as .xlsx and send that."),
    "too_many_parts": _("The document has more than {limit} parts. Copy the text into a new document and send that."),
    "bomb": _(
        "The document grows far beyond its size when unpacked and was not opened. Copy the text into a new document."
    ),
    "too_long": _("The text of the document is far too long to be read. Split it and send the parts."),
    "macro": _(
        "The document carries macros. Save it as .docx or .xlsx without macros (“Save as”) and send the new file."
    ),
    "embedded": _(
        "The document contains an embedded file ({part}). Turn embedded objects into pictures or delete them, "
        "then send it again."
    ),
    "external": _(
        "The document fetches content from elsewhere when it is opened ({part}). Break its links to other files "
        "or addresses, then send it again."
    ),
    "doctype": _(
        "A part of the document carries a declaration (DTD) that no Word or WPS file has ({part}). Save the text "
        "as a new document and send that."
    ),
    "not_table": _(
        "The file cannot be read as a table. Save it as .xlsx, or as .csv in UTF-8 or GB18030, and send that."
    ),
    "too_many_rows": _(
        "A sheet has more than {rows} rows or {columns} columns. Split it, or delete empty rows and columns."
    ),
    # pictures
    "too_many_pixels": _(
        "The picture has {width} × {height} pixels; at most {limit} million pixels can be taken. Make it smaller "
        "and send it again."
    ),
    "animated": _("The picture moves. Send a still picture as JPEG or PNG."),
    "broken_picture": _("The picture is damaged or incomplete. Export it again or send another one."),
    # while working
    "too_slow": _("The file took too long to examine and was not taken. Save it as a new file and send that."),
    "too_heavy": _("The file needs too much memory to examine and was not taken. Make it smaller and send it again."),
    "broken": _("The file could not be read. Open it, save it as a new file and send that."),
    "disk_full": _("The disk of the server is full, nothing was saved. Please tell the administrator and try later."),
    "not_stored": _("The server could not save the file. Please tell the administrator and try again later."),
}
