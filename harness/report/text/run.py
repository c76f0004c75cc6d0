"""Sentences about the verdict of a trial."""

from collections.abc import Mapping
from typing import Any

from harness.report.text.forms import METRICS, Words, shown
from harness.vocabulary import Code, Verdict


def beyond(lead: str = "", tail: str = "") -> Any:
    """``ssim 0.7 < 0.98``: a metric beyond one of its bounds."""

    def made(metric: Any, value: Any, min: Any, max: Any) -> str:  # noqa: A002 -- the names of the data
        low = isinstance(value, (int, float)) and isinstance(min, (int, float)) and value < min
        return Words().format(
            "{lead}{metric} {value:number} {sign} {bound:number}{tail}", lead=lead, metric=metric, value=value,
            sign="<" if low else ">", bound=min if low else max, tail=tail,
        )  # fmt: skip

    return made


def _blind(blind: Any, seeing: Any) -> str:
    """``pHash sees no change, but color does: ΔE 22.6``."""
    names = {"phash": "pHash", "ssim": "mean SSIM"}
    places = {"delta_e": "color", "ssim_block_min": "its worst block"}
    known = [names.get(name, name) + (f" ({value:.4f})" if name == "ssim" else "") for name, value in blind.items()]
    seen = [(places.get(name, name), f"{METRICS.get(name, name)} {value:.3g}") for name, value in seeing.items()]
    seen.sort()
    both = " and ".join(f"{place} ({value})" for place, value in seen)
    but = f"{seen[0][0]} does: {seen[0][1]}" if len(seen) == 1 else f"{both} do"
    return f"{' and '.join(known)} {'sees' if len(known) == 1 else 'see'} no change, but {but}"


def _question(name: Any, p: Any, old: Any, new: Any) -> str:
    chance = Words().format("p = {0:.2g}", p)
    if name == "images":
        return f"{new} images against {old}: {chance}"
    verb = "" if name in (Verdict.REFUSED, Verdict.FAILED) else " pass"
    return f"{name}: {new}{verb}, accepted {old}: {chance}"


def _blank(share: Any, color: Any) -> str:
    one = f"one color ({Words().format('{0:list}', color)})"
    return f"blank: all but {share:.3%} of the pixels are {one}" if share else f"blank: {one}"


def _undecodable(problem: Any, file: Any) -> str:
    return f"{problem} (bytes kept as {file})" if file else shown(problem)


def _profile(profile: Any, name: Any) -> str:
    return f"its color profile ({_profile_named({'profile': profile, 'name': name})}) is not applied"


def _profile_named(one: Any) -> str:
    """``sRGB built-in, 6cf5e5a7``: profiles of one name may differ."""
    if one is None:
        return "none"
    named = shown(one["name"]) if one["name"] else ""
    return named if one["name"] == one["profile"] else ", ".join(filter(None, (named, shown(one["profile"])[:8])))


def _profiles_differ(accepted: Any, generated: Any) -> str:
    return f"color profile differs: {_profile_named(accepted)} → {_profile_named(generated)}"


def _gammas_differ(accepted: Any, generated: Any) -> str:
    old, new = ("none" if one is None else shown(one["gamma"]) for one in (accepted, generated))
    return f"gamma differs: {old} → {new}"


def _depth_reduced(bits: Any, accepted: Any) -> str:
    if accepted is None:
        return Words().format("{0} bits a channel reduced to 8", bits)
    if accepted == bits:
        return Words().format("{0} bits a channel compared as 8", bits)
    return Words().format("bits a channel differ: {0} → {1}, compared as 8", accepted, bits)


def _unknown(known: Any) -> str:
    if not known:
        return "nothing is known of the environment that generated it"
    return f"nothing is known of the environment that generated it, but for {Words().format('{0:list}', known)}"


_NO_DIFFERENCE = "nothing known of request, subject and environment differs: something unknown"
_CHANGED = "{differences:differences}{more:more}"

TEMPLATES: Mapping[str, Any] = {
    Code.GENERATION_FAILED: "{provider}: {problem:text}{possibly_billed:billed}",
    Code.GENERATION_REFUSED: "{provider}: {problem:text}{possibly_billed:billed}",
    Code.ERROR: "{problem:text}",
    Code.IMAGE_EMPTY: "the image is empty: it has no bytes",
    Code.IMAGE_UNDECODABLE: _undecodable,
    Code.IMAGE_BLANK: _blank,
    Code.IMAGE_NOISE: "noise: neighboring pixels are unrelated (correlation {correlation:.2f})",
    Code.IMAGE_NOT_GENERATED: "the image came from {source}, not from the provider",
    Code.IMAGE_INCOMMENSURABLE: "{absent:text}",
    Code.IMAGE_FIRST_FRAME: "the first of {frames} images in its file",
    Code.IMAGE_ROTATED: "rotated as its EXIF data say",
    Code.IMAGE_CMYK: "CMYK converted to RGB without a color profile",
    Code.IMAGE_PROFILE: _profile,
    Code.IMAGE_GAMMA: "its gamma ({gamma}) is not applied",
    Code.IMAGE_TRAILING: "{count} bytes behind its end are ignored",
    Code.PROFILE_DIFFERS: _profiles_differ,
    Code.GAMMA_DIFFERS: _gammas_differ,
    Code.DEPTH_REDUCED: _depth_reduced,
    Code.IMAGE_REJECTED: "this image was rejected on {when:day} by {who}: {reason:text}",
    Code.IMAGES_DIFFER: "the images differ",
    Code.BASELINE_NONE: "no image was accepted for this trial",
    Code.BASELINE_OTHER_PROFILE: "no image was accepted for {profile:profile}, only for {accepted:profiles}",
    Code.PROFILE_UNKNOWN: "no baseline can be chosen: {fields:list} of its environment is unknown",
    Code.PROFILE_MIXED: "the images of the set belong to several profiles: {profiles:profiles}",
    Code.PROFILE_FALLBACK: "compared with what was accepted for {used:profile}: nothing was for {profile:profile}",
    Code.BASELINE_NO_FILE: "{folder:text} has no image of this name",
    Code.BASELINE_NOT_COMPARED: "generated by harness {study}: compared with nothing",
    Code.BASELINE_ALTERED: "{problem:text}",
    Code.BASELINE_NOT_STORED: "the accepted image is not on the disk, and {store:text} does not hold {key:text}",
    Code.BASELINE_STORE_FAILED: "the accepted image is not on the disk, and {problem:text}",
    Code.BASELINE_AS_STORED: "compared with what is stored",
    Code.REFUSAL_SAME: "refused, as accepted: {problem:text}",
    Code.REFUSAL_NONE: "an image was generated where a refusal was accepted",
    Code.REQUEST_CHANGED: f"request changed: {_CHANGED}",
    Code.SUBJECT_CHANGED: f"subject changed: {_CHANGED}",
    Code.SUBJECT_TOLERATED: f"subject changed ({_CHANGED}), the image stays within its rule",
    Code.ENVIRONMENT_CHANGED: f"environment changed: {_CHANGED}",
    Code.ENVIRONMENT_UNKNOWN: _unknown,
    Code.ENVIRONMENT_ONE_SIDED: f"known of one of the two images only: {_CHANGED}",
    Code.SERVICE_CHANGED: f"{_NO_DIFFERENCE} changed (the model, the service, its machine)",
    Code.SERVICE_OR_REPEAT:
        f"{_NO_DIFFERENCE} changed (the model, the service, its machine), or it does not repeat",
    Code.REPEAT_SAME: "generated again, the same new image came",
    Code.REPEAT_ACCEPTED: "does not repeat: generated again, the accepted image came",
    Code.REPEAT_OTHER: "does not repeat: generated again, a third image came",
    Code.REPEAT_FAILED: "generated again, no image came that shows whether it repeats:",
    Code.PROBE_STORED: "probe of {when:day}: level {level}",
    Code.EXACT: "exact: no pixel may differ",
    Code.BEYOND: beyond(),
    Code.UNMEASURED: "{metric} could not be measured: {absent:text}",
    Code.WITHIN: "within its limits",
    Code.BELOW_RANGE: beyond("closer than the stated range: ", ", the tolerance is too loose"),
    Code.NEAR: beyond("near the limit: "),
    Code.TOLERANCE_LOOSE: "the tolerance can be tightened: {values:measured}",
    Code.METRICS_DISAGREE: _blind,
    Code.HASH_ALONE: "pHash sees a change ({phash:.0f} of 64 bits), but no block and no color metric does",
    Code.ANSWER_NONE: "the provider gave no answer",
    Code.ANSWER_NEW: "answered {answer:quoted}, and no answer is expected",
    Code.ANSWER_SAME: "answered {answer:quoted}",
    Code.ANSWER_OTHER: "answered {answer:quoted}, expected {expected:quoted}",
    Code.CHECK: "check {check:text}: {outcome}{seen:in brackets}",
    Code.CHECK_DOUBTFUL:
        "check {check:text}: {outcome}{seen:in brackets}, and only warns: {viewer:text} is unreliable for {kind:text} "
        "(sensitivity at least {sensitivity:.2f}, specificity at least {specificity:.2f})",
    Code.RATE_UNLABELED: "not corrected: the calibration has no labels of one of the two outcomes",
    Code.RATE_CHANCE:
        "not corrected: the judge does no better than chance (sensitivity {sensitivity:.2f}, "
        "specificity {specificity:.2f})",
    Code.DETERMINISM: "determinism: promised {promised}, repeats agree only to {seen}",
    Code.UNCHECKED: "no check for {words:list}",
    Code.LEFT_OUT: "{provider} does not honor {names:list}: left out",
    Code.CLAMPED: "{provider} took {name} {got} in place of {asked}",
    Code.IGNORED: "ignored until {until} ({owner}): {reason:text}",
    Code.SET_PENDING: "a set of images is judged as a whole, when all of them are generated",
    Code.SET_VERDICT: "its set: {verdict}",
    Code.SET_ALIKE: "a set like the accepted one",
    Code.SET_QUESTION: _question,
    Code.SET_SIZES: "sizes differ: {accepted:list} accepted, {generated:list} generated",
    Code.SET_NOT_GENERATED:
        "none of the {count} images was generated now: a cache or replay is no evidence about the model",
    Code.SET_EMPTY: "no image was generated",
    Code.SET_TOO_FEW: "{new:images} against {old} cannot show a change at a rate of {rate:.2g}",
    Code.SET_NEEDS: "{images} in each set are needed",
    Code.SET_OUT_OF_REACH: "no number of images is enough at a rate of {rate:.2g}",
    Code.SET_OTHER_JUDGE: "another judge answered when the set was accepted: {checks:list}",
    Code.SET_NO_VECTORS: "the embedding distance could not be measured: {problem:text}",
    Code.SET_NEW_CHECK: "no rate was accepted for {check:text}: {passed} of {count} pass",
}  # fmt: skip
