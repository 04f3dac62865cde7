"""Full-width letters and digits as typed by Chinese input methods (pure).

Punctuation is never touched: ，and , are the author's choice (decision 11), and blanket NFKC would turn one
into the other.
"""

NARROW = {0xFF10 + digit: ord("0") + digit for digit in range(10)}
NARROW |= {0xFF21 + letter: ord("A") + letter for letter in range(26)}
NARROW |= {0xFF41 + letter: ord("a") + letter for letter in range(26)}
NARROW |= {0xFF05: ord("%"), 0x3000: ord(" ")}


def narrow(text: str) -> str:
    """Give the text with full-width letters, digits, per cent signs and spaces in ASCII; its length stays."""
    return text.translate(NARROW)
