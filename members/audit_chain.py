"""Checking the audit log against itself: hashes, links, gaps, head (`security.md` row 28)."""

from django.db import connection

GENESIS = b"\x00"

FAULTS = """
    with chain as (
        select number, hash, previous_hash, members_audit_hash(e) as computed,
            lag(number) over (order by number) as before, lag(hash) over (order by number) as hash_before
        from members_auditevent e where number >= %s)
    select number, before, computed <> hash, hash_before is not null and previous_hash <> hash_before,
        hash_before is null, previous_hash
    from chain
    where computed <> hash or before is null or before <> number - 1 or previous_hash <> hash_before
    order by number
"""


def head() -> tuple[int, str]:
    """Return number and hash of the newest event as the database keeps them beside the log."""
    with connection.cursor() as cursor:
        cursor.execute("select number, hash from members_audithead")
        number, digest = cursor.fetchone()
    return number, bytes(digest).hex()


def problems(*, first: int = 1, expected: tuple[int, str] | None = None) -> tuple[list[str], int]:
    """Return one line per fault from event `first` on, and how many events were checked.

    `expected` is a head printed earlier: whoever could rewrite the whole chain could not rewrite the paper.
    """
    start = max(first - 1, 1)  # the one before, so that the first link is proved too
    with connection.cursor() as cursor:
        cursor.execute("select number, hash from members_audithead")
        head_number, head_hash = cursor.fetchone()
        cursor.execute(FAULTS, [start])
        found = [line for row in cursor.fetchall() for line in _lines(start, *row)]
        cursor.execute("select number, hash from members_auditevent order by number desc limit 1")
        last_number, last_hash = cursor.fetchone() or (0, GENESIS)
        cursor.execute("select count(*) from members_auditevent where number >= %s", [first])
        checked = cursor.fetchone()[0]
        if expected is not None:
            cursor.execute("select hash from members_auditevent where number = %s", [expected[0]])
            found += _compare(expected, cursor.fetchone())
    if last_number < head_number:
        found.append(f"{last_number + 1} to {head_number}: deleted at the end; the head still names them")
    elif last_number > head_number or bytes(last_hash) != bytes(head_hash):
        found.append(f"head: says {head_number}, the last event is {last_number}, and their hashes differ")
    return found, checked


def _lines(start: int, number: int, before: int | None, is_edited: bool, is_torn: bool, is_first: bool, link) -> list:  # noqa: ANN001
    lines = [f"{number}: edited, its hash does not fit its content"] if is_edited else []
    if is_first:
        if number > start:
            lines.append(f"{start} to {number - 1}: deleted")
        if number == 1 and bytes(link) != GENESIS:
            lines.append("1: does not start the chain")
    elif before != number - 1:
        lines.append(f"{before + 1} to {number - 1}: deleted")
    elif is_torn:
        lines.append(f"{number}: does not follow from {before}")
    return lines


def _compare(expected: tuple[int, str], row: tuple | None) -> list[str]:
    if row is None:
        return [f"{expected[0]}: printed once, missing now"]
    return [] if bytes(row[0]).hex() == expected[1] else [f"{expected[0]}: not the hash that was printed"]
