"""Whether an image was shown to repeat."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from harness.baseline.selection import generated, image_of
from harness.errors import HarnessError
from harness.image import EncodedImage
from harness.records import TrialResult
from harness.vocabulary import RuleKind, Source, Unproven


class Recorded(bytes):
    """An image of another generation of the same trial, that was generated when its recording was made."""


Rerun = Callable[[TrialResult], bytes | None]
"""Generates a trial once more, or gives what was :class:`Recorded` of it; None when its provider does not promise the
same image."""


@dataclass(frozen=True, slots=True)
class Proof:
    """``proven`` says how an image was shown to repeat; empty when it was not, and then ``problem`` says why and
    ``lacking`` what would show it."""

    proven: str = ""
    problem: str = ""
    lacking: Unproven = Unproven.REPEAT


def prove(results: Sequence[TrialResult], rerun: Rerun | None = None) -> Proof:
    """Look for the proof that the first image of these repeats is reproducible.

    Only what was generated counts: a cache or a recording answers the same every time (but its image was generated
    once, and generating it again now proves that it repeats, and so does a second generation of it in its recording).
    Proof is: two or more repeats generated with equal pixels; repeats of this run that were judged equal; or generating
    it once more with ``rerun``. It is not asked for where the suite does not mean the image to repeat exactly (a set, a
    calibrated or a limited drift).
    """
    candidate = results[0]
    if not meant_exact(candidate):
        return Proof(f"need not repeat: drift is judged by {_rule(candidate)}")
    own = generated(results)
    different = len({image_of(result).pixel_digest for result in own})
    if different > 1:
        problem = f"generated {different} different images in {len(own)} generations"
        return Proof(problem=problem, lacking=Unproven.EQUAL)
    if candidate.source != Source.GENERATED:
        why = Proof(problem=f"its image comes from the {candidate.source}, it was not generated")
        if candidate.source == Source.REPLAY:
            problem = "its image comes from the replay, and no second generation of it is recorded"
            why = Proof(problem=problem, lacking=Unproven.RECORDING)
        return why if rerun is None else _again(candidate, rerun, why)
    if len(own) > 1:
        return Proof(f"generated {len(own)} times the same")
    level = candidate.outcome.determinism
    if level is not None and level.exact:
        return Proof(f"repeats in its run: equal {level}")
    if level is not None:
        return Proof(problem=f"generated again in its run, it differs (level: {level})", lacking=Unproven.EQUAL)
    once = Proof(problem="generated only once")
    return once if rerun is None else _again(candidate, rerun, once)


def meant_exact(result: TrialResult) -> bool:
    """Return whether the suite requires this image to repeat exactly; yes when it is not known."""
    if result.key.seed is None:
        return False
    if result.policy is None:
        return True
    promised = result.policy.determinism
    return result.policy.drift.kind == RuleKind.EXACT or (promised is not None and promised.exact)


def _rule(result: TrialResult) -> str:
    return RuleKind.SET if result.key.seed is None or result.policy is None else result.policy.drift.kind


def _again(candidate: TrialResult, rerun: Rerun, why_not: Proof) -> Proof:
    """Generate it once more. ``why_not`` is what holds where that may not be."""
    try:
        data = rerun(candidate)
        if data is None:
            return why_not
        image, again = image_of(candidate), EncodedImage(data)
        same = again.digest == image.file_digest or again.pixel_digest == image.pixel_digest
    except HarnessError as fault:
        lead = f"{why_not.problem}; it " if why_not.lacking == Unproven.RECORDING else ""
        return Proof(problem=f"{lead}could not be generated again: {fault}", lacking=why_not.lacking)
    if isinstance(data, Recorded):
        kept, differs = Proof("generated twice the same when it was recorded"), "recorded twice, it differs"
    else:
        kept, differs = Proof("generated again the same when it was accepted"), "generated again, it differs"
    return kept if same else Proof(problem=differs, lacking=Unproven.EQUAL)
