"""``ocr``: the text in an image, read by RapidOCR on the CPU; its models are inside the package."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from harness.records import Check, Finding
from harness.vision.grammar import as_written
from harness.vision.kinds import ViewerKind, ViewerOptions
from harness.vision.protocol import ViewedImage, judge_digest
from harness.vision.text_grammar import TEXT_GRAMMAR, error_rate, normalized, rule_of
from harness.vocabulary import CheckOutcome

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SURE = 0.8
"""A text that differs fails its check where each of its words was read with this score at least (0..1)."""
VERSION = "1"
"""Changes whenever the same words read may be answered otherwise."""
_LEAST_SIDE = 8
"""Pixels; no text can be read in an image that is smaller."""


class OcrOptions(ViewerOptions):
    """The options of a viewer of text."""

    min_score: Annotated[float, Field(ge=0, le=1)] = 0.5
    """Words that are read with a lower score are left out."""


@dataclass(frozen=True, slots=True)
class Word:
    """A stretch of text on one line, with its score (0..1) and its box: x, y, width, height in pixels."""

    text: str
    score: float
    box: tuple[int, int, int, int]


class OcrViewer:
    """Reads text; may be used from several threads, which take turns."""

    kind = "ocr"

    def __init__(self, name: str, options: OcrOptions | None = None) -> None:
        self.name = name
        self.options = options or OcrOptions()
        self._engine: Any = None
        self._turn = threading.Lock()

    @property
    def recipe(self) -> Mapping[str, Any]:
        """The versions of what reads, and the least score."""
        programs = {name: version(name) for name in ("rapidocr", "onnxruntime")}
        return {"version": VERSION, **programs, "min_score": self.options.min_score}

    def answer(self, image: ViewedImage, check: Check) -> Finding:
        """Return the finding of a text check; case and spaces do not count."""
        words = image.once(self.name, self.read)
        return judged(words, check, judge_digest(self))

    def read(self, pixels: "NDArray[np.uint8]") -> tuple[Word, ...]:
        """Return the words in an image (RGB or RGBA, any size), in reading order."""
        from harness.image import on_ground

        if min(pixels.shape[:2]) < _LEAST_SIDE:
            return ()
        bgr = on_ground(pixels, 255)[:, :, ::-1]
        with self._turn:
            found = self._opened()(bgr, text_score=self.options.min_score)
        if found.txts is None or found.boxes is None:
            return ()
        return tuple(
            Word(text, round(float(score), 4), _box(corners))
            for text, score, corners in zip(found.txts, found.scores, found.boxes, strict=True)
            if text.strip()
        )

    def close(self) -> None:
        """Release the models."""
        self._engine = None

    def _opened(self) -> Any:
        if self._engine is None:
            from rapidocr import RapidOCR

            threads = {f"EngineConfig.onnxruntime.{kind}_op_num_threads": 1 for kind in ("intra", "inter")}
            self._engine = RapidOCR(params={"Global.log_level": "critical", **threads})
        return self._engine


def judged(words: tuple[Word, ...], check: Check, judge: str) -> Finding:
    """Return the finding of a text check from the words that were read by a viewer of this digest."""
    rule, written = rule_of(check), as_written(check.args)
    read = " ".join(word.text for word in words)
    expected = rule.equals if rule.equals is not None else rule.contains
    assert expected is not None
    rate = error_rate(normalized(expected), normalized(read), part=rule.equals is None)
    if rate <= (rule.cer or 0.0):
        outcome = CheckOutcome.PASS
    elif all(word.score >= SURE for word in words):
        outcome = CheckOutcome.FAIL
    else:
        outcome = CheckOutcome.INCONCLUSIVE
    seen = f'the text "{read}"' if words else "no text"
    if rule.cer is not None:
        seen += f", character error rate {rate:.3g}"
    evidence = {"words": [[word.text, word.score] for word in words], "cer": round(rate, 4)}
    return Finding(written, outcome, seen, tuple(word.box for word in words), judge=judge, evidence=evidence)


def _box(corners: Any) -> tuple[int, int, int, int]:
    """Return the upright box around four corners."""
    x0, y0 = corners.min(axis=0)
    x1, y1 = corners.max(axis=0)
    return max(0, round(float(x0))), max(0, round(float(y0))), round(float(x1 - x0)), round(float(y1 - y0))


KIND = ViewerKind("ocr", TEXT_GRAMMAR, OcrViewer, OcrOptions, modules=("rapidocr", "onnxruntime"), extra="ocr")
