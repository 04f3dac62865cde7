"""What is printed of a case, gathered from its rows and its files."""

from cases.exports.word import Picture, Piece
from cases.models import Case, CasePhoto
from config.uploads import storage


def piece(case: Case, size: str = CasePhoto.Size.MEDIUM) -> Piece:
    """Return the current text of a case and its photos; the middle size fills a page's width."""
    by = "　".join(filter(None, [str(case.organisation), case.contributor_name]))
    pictures = [Picture(_data(photo.digests[size]), photo.caption) for photo in case.photos.in_order()]
    return Piece(case.current_revision.title, by, case.current_revision.body, pictures)


def _data(sha256: str) -> bytes | None:
    try:
        return storage.read(storage.PICTURES, sha256)
    except (FileNotFoundError, storage.Damaged):
        return None
