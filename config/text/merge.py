"""Two people changed one text: who changed which paragraph, and both changes together where they agree (pure)."""

from dataclasses import dataclass

from config.text.diff import Block, compare, compare_words


@dataclass(frozen=True, slots=True)
class Change:
    """A paragraph in which the saved text and mine differ; `by` is "them", "me" or "both"."""

    block: Block
    by: str


@dataclass(frozen=True, slots=True)
class Merge:
    """Where two texts differ, who caused it, and `text`: mine with every change of theirs I did not touch."""

    changes: tuple[Change, ...]
    text: str

    @property
    def taken_over(self) -> int:
        """How many paragraphs of theirs stand in `text`."""
        return sum(change.by == "them" for change in self.changes)

    @property
    def clashes(self) -> int:
        """How many paragraphs both changed; `text` has mine."""
        return sum(change.by == "both" for change in self.changes)


def merge(base: str, saved: str, mine: str) -> Merge:
    """Merge `mine` with `saved`, both made from `base`, paragraph by paragraph.

    Nothing of mine that I wrote is taken out: only where my paragraph is the old one does theirs replace it.
    """
    old = {line.strip() for line in base.splitlines()}
    kept, changes = [], []
    for block in compare(saved, mine):
        theirs = "".join(run.text for run in block.runs if run.kind != "insert") if block.old_number else None
        ours = "".join(run.text for run in block.runs if run.kind != "delete") if block.new_number else None
        by = _by(old, theirs, ours)
        if block.kind != "same" and not (block.kind == "moved" and theirs == ours):
            changes.append(Change(_as_theirs(block, theirs, ours) if by == "them" else block, by))
        text = theirs if by == "them" else ours
        if text is not None:
            kept.append(text)
    return Merge(tuple(changes), "\n".join(kept))


def _as_theirs(block: Block, theirs: str | None, ours: str | None) -> Block:
    """Turn a difference round: what they did to the old text, not what keeping mine would undo."""
    kind = {"added": "deleted", "deleted": "added"}.get(block.kind, block.kind)
    runs = tuple(compare_words(ours or "", theirs or ""))
    return Block(kind, runs, block.new_number, block.old_number)


def _by(old: set[str], theirs: str | None, ours: str | None) -> str:
    """Tell who departed from the old text; a paragraph that is not there departs if it was in the old text."""
    if theirs is None:
        return "them" if ours.strip() in old else "me"
    if ours is None:
        return "me" if theirs.strip() in old else "them"
    if theirs == ours or theirs.strip() in old:
        return "me"
    return "them" if ours.strip() in old else "both"
