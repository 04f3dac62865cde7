"""Tokens of an entry: equal for two rolls exactly where something about a person is equal, unreadable without the key.

Every token is HMAC(run key, kind, values) in 16 bytes. None carries a name, a reading or a phone alone: those could
be found by trying or by how often they occur, key or not; each stands bound to an identity number, a phone, a birth
date or a plate. Two rounds: `core` for every entry; `closer` only for the few that share an identity number or a
phone while their names differ. Runs on Python 3.8.
"""

from __future__ import annotations

from typing import NamedTuple

from members import identity
from members.digest import KeyedDigest
from members.matching import normalise

CORE = ("id", "id_name", "id_sound", "phone_name", "phone_sound", "phone_first", "birth_name", "plate_name")


class Clean(NamedTuple):
    """One entry in one spelling; an empty string is what could not be read."""

    name: str
    sound: str
    number: str  # a usable identity number
    broken: str  # eighteen characters that `identity.repairs` may put right
    phone: str
    plate: str
    birth: str


def core(digest: KeyedDigest, entry: Clean) -> tuple[bytes | None, ...]:
    """Compute the tokens of round one, in the order of CORE; None where a part is missing."""
    token = digest.token
    name, sound, number, _broken, phone, plate, birth = entry
    return (
        token("id", number) if number else None,
        token("id-name", number, name) if number and name else None,
        token("id-sound", number, sound) if number and sound else None,
        token("phone-name", phone, name) if phone and name else None,
        token("phone-sound", phone, sound) if phone and sound else None,
        token("phone-first", phone, name[0]) if phone and name else None,
        token("birth-name", birth, name) if birth and name else None,
        token("plate-name", plate, name) if plate and name else None,
    )


def repaired(digest: KeyedDigest, entry: Clean) -> list[tuple[bytes, bytes | None, bytes | None]]:
    """Compute id, id_name and id_sound as if each possible repair of a broken number were the number."""
    if not entry.broken:
        return []
    candidates = identity.repairs(entry.broken)
    return [
        core(digest, entry._replace(number=candidate, phone="", birth="", plate=""))[:3] for candidate in candidates
    ]


def closer(digest: KeyedDigest, entry: Clean) -> list[tuple[str, bytes, bool]]:
    """Compute the tokens of round two: (kind, token, whether the hidden character was unreadable anyway).

    Kinds: id_phone; id_mask and phone_mask, the name with one character hidden; id_half, the same for a name of two
    characters, where it says little; id_look, with a part of the hidden character, so that two that look alike share
    one.
    """
    found = []
    numbers = [entry.number] if entry.number else identity.repairs(entry.broken) if entry.broken else []
    if entry.phone:
        found += [("id_phone", digest.token("id-phone", number, entry.phone), False) for number in numbers]
    for mask, place in normalise.masks(entry.name):
        hole = entry.name[place] == normalise.HOLE
        if entry.phone and (len(mask) > 2 or hole):
            found.append(("phone_mask", digest.token("phone-mask", entry.phone, mask), hole))
        for number in numbers:
            found.append(("id_mask" if len(mask) > 2 else "id_half", digest.token("id-mask", number, mask), hole))
            for part in normalise.parts(entry.name[place]):
                found.append(("id_look", digest.token("id-look", number, mask, part), False))
    return found
