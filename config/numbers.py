"""Numbers as addresses and hidden fields carry them: whatever a visitor likes (pure)."""


def whole_number(text: str | None) -> int | None:
    """Return a row's number; None for what is none, or longer than any number a row can have."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else None
