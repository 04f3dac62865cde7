"""The levels of two entries compared in the clear: what the passes must find with tokens alone (pure).

Used to train the model and to hold the engines to it in tests; a run itself never compares in the clear.
"""

from members import identity
from members.matching import normalise
from members.matching.tokens import Clean


def levels(ours: Clean, theirs: Clean) -> dict[str, str]:
    """Name the level of each field for one pair."""
    number = _number(ours, theirs)
    name = _name(ours.name, theirs.name)
    birth = _same(ours.birth, theirs.birth) if number == "missing" and name == "same" else "missing"
    plate = "same" if name == "same" and _same(ours.plate, theirs.plate) == "same" else "missing"
    return {"id_no": number, "name": name, "phone": _same(ours.phone, theirs.phone), "birth": birth, "plate": plate}


def _number(ours: Clean, theirs: Clean) -> str:
    mine, other = ([side.number] if side.number else identity.repairs(side.broken) for side in (ours, theirs))
    if ours.number and theirs.number:
        return "same" if ours.number == theirs.number else "differs"
    return "repaired" if set(mine) & set(other) else "missing"


def _name(ours: str, theirs: str) -> str:
    """Compare two names in one spelling."""
    if not ours or not theirs:
        return "missing"
    if ours == theirs:
        return "same"
    if normalise.sound(ours) == normalise.sound(theirs) != "":
        return "sound"
    if len(ours) != len(theirs):
        return "differs"
    places = [place for place, character in enumerate(ours) if character != theirs[place]]
    if len(places) > 1 or len(ours) < 2:
        return "differs"
    pair = ours[places[0]], theirs[places[0]]
    if normalise.HOLE in pair or normalise.parts(pair[0]) & normalise.parts(pair[1]):
        return "alike"
    return "char" if len(ours) > 2 else "half"


def _same(ours: str, theirs: str) -> str:
    if not ours or not theirs:
        return "missing"
    return "same" if ours == theirs else "differs"
