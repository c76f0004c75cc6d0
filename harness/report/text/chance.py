"""Sentences about noise floors and tests."""

from collections.abc import Mapping
from typing import Any

from harness.vocabulary import Code

TEMPLATES: Mapping[str, Any] = {
    Code.FLOOR_MISSING: "no noise floor is stored for the accepted image",
    Code.FLOOR_UNREADABLE: "it cannot be read: {problem:text}",
    Code.FLOOR_NO_SCORE: "no score: block SSIM, ΔE or the embedding distance could not be measured",
    Code.FLOOR_OTHER_JUDGE: "the noise floor was measured with other vectors: {before:judge} before, {now:judge} now",
    Code.FLOOR_NO_LIMIT: "no limit from the noise floor",
    Code.FLOOR_FEW: "{repeats} repeats are too few for a false-alarm rate of {alpha:.2g}",
    Code.FLOOR_FEW_EQUAL: "{repeats} equal repeats are too few for a false-alarm rate of {alpha:.2g}",
    Code.FLOOR_UNMEASURED: "{count} of {repeats:repeats} cannot be measured (sizes differ?)",
    Code.FLOOR_NOT_COMPARED: "{count} of {repeats:repeats} could not be compared: {absent:text}",
    Code.FLOOR_NO_SPREAD: "{repeats:repeats} cannot show a spread",
    Code.FLOOR_NEEDS: "{repeats} are needed",
    Code.FLOOR_ELSEWHERE: "the noise floor was measured elsewhere: {differences:differences}{more:more}",
    Code.FLOOR_WITHIN: "within the noise floor of {repeats:repeats}: score {score:.4g} ≤ {limit:.4g}",
    Code.FLOOR_ABOVE:
        "score {score:.4g} > {limit:.4g}, noise floor of {repeats:repeats}, false-alarm rate {alpha:.2g}",
    Code.FLOOR_CONFIRMED: "confirmed: {scores:scores}",
    Code.FLOOR_NOT_REPEATED: "not generated again to confirm it",
    Code.FLOOR_WITHIN_AGAIN: "within the noise floor, generated again",
    Code.FLOOR_ONCE: "score {score:.4g} > {limit:.4g} once, generated again {again:.4g}: within the noise floor",
    Code.FLOOR_SAME_AGAIN:
        "the confirmations are the first generation again, not independent: a false-alarm rate of {single:.2g}, "
        "not {alpha:.2g}",
    Code.FLOOR_FAR:
        "the limit {limit:.4g} is far above the largest repeat {largest:.4g}: more repeats would lower it",
    Code.FLOOR_UNCONFIRMED: "not confirmed: {generated} of {asked} confirmations generated",
    Code.TEST_NO_PROMPT: "no prompt has images in both arms",
    Code.TEST_ONE_SIDED: "{count} of {of} prompts have no image in one of the arms",
    Code.TEST_NOT_FINITE: "the features of {count} of {of} prompts are not all finite numbers",
    Code.TEST_SINGLES: "one image against one in every prompt: nothing shows how far repeats lie apart",
}  # fmt: skip
