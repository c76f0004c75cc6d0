"""What to do about an outcome."""

from collections.abc import Mapping, Sequence
from itertools import takewhile

from harness.records import Reason, TrialResult
from harness.report.text.forms import Words
from harness.report.words import REASONS
from harness.vocabulary import CHANGES, UNSTEADY, Code, Status, Verdict

_ACCEPT = 'harness accept --key {key:text} --reason "' + REASONS["accept"] + '"'
_RIGHT = "if the new {what} is right: " + _ACCEPT
_FIX = "look for {}"
_PROBE = "find out on what it depends: harness probe SUITE"
_LOOK = "look at it, then: " + _ACCEPT
_BROKEN = "look at the image; if it is as intended: " + _ACCEPT

HINTS: Mapping[str, str] = {
    Code.GENERATION_FAILED: "{hint:text}",
    Code.GENERATION_REFUSED: "{hint:text}",
    Code.ERROR: "{hint:text}",
    Code.BASELINE_ALTERED: "{hint:text}",
    Code.BASELINE_NOT_STORED: "push it from where it was accepted: harness store push",
    Code.BASELINE_STORE_FAILED: "{hint:text}",
    Code.IMAGE_EMPTY: "look at what the provider sends",
    Code.IMAGE_UNDECODABLE: "look at what the provider sends: the bytes are kept in the run",
    Code.IMAGE_NOT_GENERATED: "leave out --require-generated, or generate without cache and replay",
    Code.IMAGE_BLANK: _BROKEN,
    Code.IMAGE_NOISE: _BROKEN,
    Code.IMAGE_INCOMMENSURABLE: _RIGHT,
    Code.BASELINE_NONE: _LOOK,
    Code.BASELINE_OTHER_PROFILE: _LOOK,
    Code.PROFILE_UNKNOWN:
        "state it with --env {fields:first}=VALUE or under `environment:` of the provider, or have the server "
        "report it (`environment_from:`)",
    Code.PROFILE_MIXED: "generate the set again in one environment",
    Code.REFUSAL_NONE: _RIGHT,
    Code.REQUEST_CHANGED: "a new request needs a new baseline: " + _ACCEPT,
    Code.SUBJECT_CHANGED: _RIGHT,
    Code.ENVIRONMENT_CHANGED: _RIGHT,
    Code.SERVICE_CHANGED: _RIGHT,
    Code.SERVICE_OR_REPEAT: _RIGHT,
    Code.IMAGES_DIFFER: _RIGHT,
    Code.CHANGE_CHANNELS: _FIX.format("the order of the channels, from the model's output to the file"),
    Code.CHANGE_TURNED: _FIX.format("an axis that is swapped or reversed between the model's output and the file"),
    Code.CHANGE_SHIFTED: _FIX.format("padding or an offset that is off"),
    Code.CHANGE_CROPPED: _FIX.format("a crop behind the model"),
    Code.CHANGE_PADDED: _FIX.format("padding that is not removed"),
    Code.CHANGE_RESIZED: _FIX.format("the size that is generated, and a resize behind it"),
    Code.CHANGE_ENCODED: _FIX.format("an encoding with loss on the way to the file"),
    Code.CHANGE_FORMAT: _FIX.format("the format that is written"),
    Code.CHANGE_GAMMA: _FIX.format("a conversion between linear and sRGB that is missing or made twice"),
    Code.CHANGE_LINE: _FIX.format("how levels are scaled behind the model"),
    Code.CHANGE_BANDS: _FIX.format("a data type or palette with fewer levels"),
    Code.CHANGE_ALPHA: _FIX.format("what is done with alpha before the file is written"),
    Code.CHANGE_SEAMS: _FIX.format("the tiles of the decoder, and how they are blended"),
    Code.CHANGE_REGION: _FIX.format("what writes that part of the image"),
    Code.CHANGE_ROUNDING:
        _FIX.format("data type, attention kernel, threads, batch and instruction set; then weights and schedule"),
    Code.CHANGE_OTHER: _FIX.format("how seeds are counted, and the order of a batch"),
    Code.CHANGE_CONSTANT: _FIX.format("what is sent when nothing is generated: a placeholder, a cached reply"),
    Code.CHANGE_SIZE: _FIX.format("how the size of the request is read"),
    Code.REPEAT_ACCEPTED: _PROBE,
    Code.REPEAT_OTHER: _PROBE,
    Code.UNMEASURED: "limit a metric that this pair has (harness compare A B shows them)",
    Code.BELOW_RANGE: "tighten the range under `drift:` in the suite",
    Code.FLOOR_MISSING: "harness calibrate SUITE",
    Code.FLOOR_NEEDS: "harness calibrate SUITE --repeats {repeats}",
    Code.FLOOR_OTHER_JUDGE: "harness calibrate SUITE",
    Code.FLOOR_NO_LIMIT: "harness calibrate SUITE",
    Code.FLOOR_NO_SCORE: "state limits under `drift:`",
    Code.FLOOR_UNCONFIRMED: "continue with --resume, or run it again",
    Code.SET_PENDING: "a set is complete when all its images are generated: continue with --resume",
    Code.SET_SIZES: "if the new size is right: " + _ACCEPT,
    Code.SET_NOT_GENERATED: "generate without cache and replay",
    Code.SET_OUT_OF_REACH:
        "state a higher `false_alarms:`, or judge fewer prompts by chance: {rate:.2g} is out of reach",
    Code.SET_NEEDS: "set `samples: {images}` and accept a set of that size",
    Code.SET_EMPTY: "look at the refusals and faults",
    Code.SET_OTHER_JUDGE: "look, and accept the set anew: " + _ACCEPT,
    Code.SET_NO_VECTORS: "repair the viewer, or leave out `embedding:`",
    Code.SET_NEW_CHECK: "accept a set that was looked at with these checks",
    Code.PROBE_CACHED_ANSWERS: "turn the cache of the provider off, or name another seed",
    Code.PROBE_REFUSED: "change the prompt, or choose other cases with --case",
    Code.PROBE_FEW: "see `harness run` on this case",
    Code.PROBE_ONE: "generate more: --repeats",
    Code.PROBE_BUDGET: "generate more: --budget",
    Code.ANSWER_NEW: "state `answer:` in the suite",
    Code.ANSWER_OTHER: "correct `answer:` in the suite, or the model",
}  # fmt: skip
"""The hint of each code that has one; ``key`` is the trial's, ``what`` is accepted: an image or a set."""

_BEFORE = CHANGES | UNSTEADY
"""Reasons whose hint comes before that of the rule, unless they stand behind one of _KNOWN."""
_KNOWN = frozenset({Code.SUBJECT_CHANGED, Code.ENVIRONMENT_CHANGED})

_ACCEPTING_NOTHING = {code: hint for code, hint in HINTS.items() if _ACCEPT not in hint}
_OF_PAIRS: Mapping[str, str] = _ACCEPTING_NOTHING | {
    Code.IMAGE_EMPTY: "look at the file",
    Code.IMAGE_UNDECODABLE: "look at the file",
}
"""The same where two folders are compared: no provider generated an image, and none can be accepted."""
_OF_PROBES: Mapping[str, str] = _ACCEPTING_NOTHING | {
    Code.IMAGE_BLANK: "look at the images of the probe",
    Code.IMAGE_NOISE: "look at the images of the probe",
}
"""The same of what a probe generates: none of it can be accepted."""

_MEASURE = "accept its image, then: pytest --harness-repeats "
_OF_TESTS: Mapping[str, str] = {
    **HINTS,
    Code.FLOOR_MISSING: _MEASURE + "20",
    Code.FLOOR_NO_LIMIT: _MEASURE + "20",
    Code.FLOOR_NEEDS: _MEASURE + "{repeats}",
}
"""The same of an image that a test made."""


def hint_of(result: TrialResult) -> str:
    """Return what settles the outcome of a trial; empty where nothing does."""
    if result.recipe.subject.kind == "compare":
        return hint_for(result.outcome.reasons, _OF_PAIRS)
    what = "image" if result.set is None else "set"
    hints = _OF_TESTS if result.recipe.subject.kind == "pytest" else HINTS
    hint = hint_for(result.outcome.reasons, hints, key=str(result.key), what=what)
    if result.outcome.verdict == Verdict.REFUSED and result.outcome.status == Status.MISSING and result.set is None:
        right = "if it is right to refuse: " + Words().vformat(_ACCEPT, (), {"key": str(result.key)})
        return f"{hint}; {right}" if hint else right
    return hint


def hint_of_probe(reasons: Sequence[Reason]) -> str:
    """Return what settles the problem of a probe; empty where nothing does."""
    return hint_for(reasons, _OF_PROBES)


def hint_for(reasons: Sequence[Reason], hints: Mapping[str, str] = HINTS, **more: str) -> str:
    """Return the hint of the last of some reasons that has one (that of a set stands behind an image's own); where
    they name what an image differs by, or that it does not repeat, of the first of those. ``more`` are the fields that
    the hints need beside the data of a reason."""
    leading = takewhile(lambda one: one.code not in _KNOWN, reasons)
    others = [one for one in reversed(reasons) if one.code not in _BEFORE]
    ordered = [*(one for one in leading if one.code in _BEFORE), *others, *reversed(reasons)]
    found = (Words().vformat(hints.get(one.code, ""), (), {**one.data, **more}) for one in ordered)
    return next(filter(None, found), "")
