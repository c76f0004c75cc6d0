"""Hints used by several rooms."""

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str], *, cutoff: float = 0.6) -> str:
    """Return ``did you mean `x`?``, or the known words when none is near (empty when there are none)."""
    import difflib

    names = sorted(set(known))
    near = difflib.get_close_matches(word.lower(), [name.lower() for name in names], n=1, cutoff=cutoff)
    if near:
        match = next(name for name in names if name.lower() == near[0])
        return f"did you mean `{match}`?"
    return f"known: {', '.join(names)}" if names else ""
