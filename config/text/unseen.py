"""Characters nobody sees: which of them a text may hold, and a text without them (pure).

Control characters and U+FFFE, U+FFFF may not stand in XML, so one in a title would break the feed for every reader.
Marks that turn the direction of writing let a name or a title read otherwise than it is stored.
"""

import re
import unicodedata

CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def without_controls(text: str) -> str:
    """Return the text without control characters; line ends and tabs stay."""
    return CONTROLS.sub("", text)


def without_unseen(text: str) -> str:
    """Return what a reader sees of a name: no control, format or direction marks, no line ends."""
    return "".join(character for character in text if unicodedata.category(character) not in UNSEEN).strip()
