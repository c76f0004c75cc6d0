"""What stands beside an outcome: warnings, words that were not understood, how a provider repeats."""

from collections.abc import Sequence

from harness.records import TrialResult
from harness.report.text.sentences import sentence
from harness.report.words import one_line, plural

MOST_WORDS = 12
"""Words that a line about all prompts names."""


def not_understood(result: TrialResult) -> list[str]:
    """Return the words of its prompt that the interpreter did not understand, quoted."""
    read = result.environment.get("interpretation")
    words = read.get("unknown") if isinstance(read, dict) else None
    return [repr(one_line(word)) for word in words if isinstance(word, str)] if isinstance(words, (list, tuple)) else []


def words_shown(words: Sequence[str]) -> str:
    """``not understood: 'quixotically', 'flumph'``; the first words are named, the rest is counted."""
    rest = f" and {plural(len(words) - MOST_WORDS, 'more word')}" if len(words) > MOST_WORDS else ""
    return f"not understood: {', '.join(words[:MOST_WORDS])}{rest}"


def trial_notes(result: TrialResult) -> list[str]:
    """Return the notes of a trial, a clause each."""
    unread = not_understood(result)
    return [*map(sentence, result.outcome.warnings), *(result.notes or ()), *([words_shown(unread)] if unread else [])]


def repeat_shown(result: TrialResult) -> str:
    """Return whether an image that was generated again is the same; empty where it was not."""
    level = result.outcome.determinism
    if level is None:
        return ""
    if not level.exact:
        return f"does not repeat: generated again, it agrees only to {level}"
    return f"{'repeats' if result.baseline is None else 'changed'}: generated again, every pixel is equal"


def repeats_shown(
    provider: str, images: int, generations: int, *, trials: int, differing: int, largest: int | None, exact: bool
) -> str:
    """Return how a provider repeats: the most ``images`` in ``generations`` of one trial, the trials generated again
    and those that differ, the largest difference of a channel value (None: sizes differ), and whether one must be
    exact."""
    text = f"repeats: {one_line(provider)}: {plural(images, 'image')} in {plural(generations, 'generation')}"
    if differing:
        far = "sizes differ" if largest is None else f"max|Δ| {largest}"
        text += f" ({differing:,} of {plural(trials, 'trial')}), {far}"
        return f"{text}: use `drift: calibrated`" if exact else text
    return f"{text} of each of {plural(trials, 'trial')}" if trials > 1 else text
