"""All that is kept of a case as one zip: what came in, every revision, what was asked, said and decided, the photos."""

import io
import zipfile

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from cases import queries, queries_letter, queries_recommend
from cases.exports import dossier_returns, dossier_review, pieces, word
from cases.exports.moments import moment
from cases.models import Case
from cases.models.recommendation import RecommendationState
from config.uploads import storage
from config.uploads.names import safe_name
from members.models import User


def archive(case: Case, user: User) -> tuple[bytes, int]:
    """Return the zip and how many files are in it; a file that is not to be had is named in the list of contents.

    The contributor's contact is not in it: that is shown one at a time, with a reason.
    """
    found = queries.dossier(case, user)
    originals, revisions, photos = _("Originals"), _("Revisions"), pgettext("folder", "Photos")
    decisions, signatures, contents = _("Decisions"), _("Signatures"), _("Contents of the dossier")
    missing, letters = _("(file missing)"), _("Correspondence")
    files = [(f"{case.number}.docx", word.one(pieces.piece(case)))]
    files += [
        (f"{originals}/{number} {safe_name(intake.filename or f'{case.number}.txt')}", _original(intake.sha256))
        for number, intake in enumerate(reversed(found.intakes), 1)
    ]
    for row in case.revisions.order_by("number"):
        files.append((f"{revisions}/{row.number}.txt", f"{row.title}\n\n{row.body}\n".encode()))
    files.append((f"{decisions}.txt", _decisions(found).encode()))
    files.append((f"{signatures}.txt", _signatures(found).encode()))
    if case.call is not None:
        files.append((f"{_('call for cases')}.txt", _call(case).encode()))
    files += dossier_returns.files(case)
    files += dossier_review.files(case, user)
    files += [(f"{letters}/{name}", said.encode()) for name, said in _letters(case, user)]
    for number, photo in enumerate(found.photos, 1):
        files.append((f"{photos}/{number} {safe_name(photo.caption)}.jpg", _photo(photo.large_sha256)))
    listed = "\n".join(name if data is not None else f"{name}  {missing}" for name, data in files)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(f"{contents}.txt", f"{case}\n{case.organisation}\n\n{listed}\n")
        for name, data in files:
            if data is not None:
                packed.writestr(name, data)
    return out.getvalue(), sum(data is not None for _name, data in files)


def _call(case: Case) -> str:
    """Say which call it was sent in for, which statement was confirmed by whom, what each body up the chain said."""
    lines = [" · ".join([case.call.name, *([case.track.name] if case.track else [])])]
    if case.stated_at:
        who = str(case.stated_by or case.contributor_name)
        lines.append(f"{case.statement}  {who} · {moment(case.stated_at)}")
    for link in queries_recommend.chain(case):
        said = link.recommendation
        if said is None:
            lines.append(f"{link.quota.body} · {pgettext('recommendation', 'not decided yet')}")
            continue
        if said.state == RecommendationState.RECOMMENDED and not link.is_passed:
            lines.append(f"{link.quota.body} · {pgettext('recommendation', 'not sent yet')}")
            continue
        lines.append(f"{link.quota.body} · {said.get_state_display()} · {said.decided_by} · {moment(said.decided_at)}")
        lines += [f"    {said.opinion}"] if said.opinion else []
    return "\n".join(lines) + "\n"


def _letters(case: Case, user: User) -> list[tuple[str, str]]:
    """Return the case's letters in and out for those who keep them, oldest first, without anybody's address."""
    found = []
    for number, line in enumerate(reversed(queries_letter.thread(case, user)), 1):
        row = line.letter
        who = row.to_name if line.is_ours else row.sender_name
        way = _("Out") if line.is_ours else _("In")
        head = f"{way} · {moment(line.at)} · {who} · {row.status.label}\n{row.subject}"
        found.append((f"{number} {way} {safe_name(row.subject)[:60]}.txt", f"{head}\n\n{row.body}\n"))
    return found


def _original(sha256: str) -> bytes | None:
    return _read(storage.ORIGINALS, sha256)


def _photo(sha256: str) -> bytes | None:
    return _read(storage.PICTURES, sha256)


def _read(shelf: str, sha256: str) -> bytes | None:
    try:
        return storage.read(shelf, sha256)
    except (FileNotFoundError, storage.Damaged):
        return None


def _decisions(found: queries.Dossier) -> str:
    lines = []
    for step in reversed(found.steps):
        row = step.decision
        said = [moment(row.decided_at), row.get_kind_display(), str(step.who)]
        said.append(_("on revision %(number)s") % {"number": row.revision.number})
        if row.voided_by_id:
            said.append(_("voided later"))
        lines.append(" · ".join(said) + (f"\n    {row.note}" if row.note else ""))
    return "\n".join(lines) + "\n"


def _signatures(found: queries.Dossier) -> str:
    lines, unsigned, later = [], _("not signed"), _("voided later")
    for row in found.sheet:
        for signature in [*row.voided, row.signature]:
            if signature is None:
                lines.append(f"{row.stage.label} · {unsigned}")
                continue
            voided = f" · {later}" if signature.voided_at else ""
            lines.append(f"{row.stage.label} · {signature.who} · {moment(signature.signed_at)}{voided}")
    return "\n".join(lines) + "\n"
