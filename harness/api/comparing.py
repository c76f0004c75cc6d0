"""``harness.compare``: two images, every metric, and the verdict of a drift rule."""

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING

from harness.api.images import Image
from harness.comparison import compare as measure
from harness.comparison import difference, heat_map
from harness.comparison import metrics as known_metrics
from harness.errors import UsageError, nearest
from harness.image import ImageSource
from harness.judge import Ruling, compared
from harness.records import Box, Measurement, Reason
from harness.records import Comparison as Panel
from harness.report import because, sentence
from harness.report import notebook as nb
from harness.suite import given_boxes, given_rule
from harness.vocabulary import FINE, Status, Verdict

if TYPE_CHECKING:
    from PIL import Image as PilImage

Value = float | bool | None


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """How alike two images are, and what a drift rule makes of it. A notebook shows it.

    ``a`` is what the image should be, ``b`` what it is. ``measurements`` are the metrics by name, as values or with
    the reason why there is none; each value is also an attribute (``comparison.ssim``; None: there is none).
    """

    a: Image
    b: Image
    measurements: Mapping[str, Measurement]
    ruling: Ruling = field(repr=False)
    panel: Panel = field(repr=False)
    ignore: tuple[Box, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """``identical``, ``benign``, ``drift``, ``incomparable`` (other sizes) or ``inconclusive``."""
        return self.ruling.verdict

    @property
    def ok(self) -> bool:
        """Whether the rule holds and nothing is left for a person to decide."""
        return self.verdict in FINE and not self.ruling.finding

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Why the verdict is what it is, as codes with data; for equal pixels only what these do not show (a color
        profile, gamma or bit depth that differs)."""
        return self.ruling.reasons

    @property
    def why(self) -> str:
        """The reasons in words, on one line."""
        return because(self.reasons)

    @property
    def metrics(self) -> dict[str, Value]:
        """The value of each metric by name; None where it could not be measured, never 0."""
        return {name: measured.value for name, measured in self.measurements.items()}

    def __getattr__(self, name: str) -> Value:
        if name.startswith("_") or name not in self.measurements:
            raise AttributeError(f"a comparison has no `{name}`: {nearest(name, self.measurements)}")
        return self.measurements[name].value

    def __dir__(self) -> list[str]:
        return sorted({*object.__dir__(self), *self.measurements})

    @property
    def difference(self) -> "PilImage.Image":
        """The absolute difference in levels, RGB; black where nothing differs. Raises IncomparableImagesError."""
        from PIL import Image as PilImage

        return PilImage.fromarray(difference(self.a.pixels, self.b.pixels))

    @property
    def heat_map(self) -> "PilImage.Image":
        """Where ``b`` differs from ``a``, of the same size; the lighter, the larger the difference. Raises
        IncomparableImagesError for other sizes."""
        from PIL import Image as PilImage

        return PilImage.open(io.BytesIO(heat_map(self.a.pixels, self.b.pixels, ignore=self.ignore).png))

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={_shown(value)}" for name, value in self.metrics.items() if value is not None)
        return f"<harness.Comparison {self.verdict}: {shown or self.why}>"

    def _repr_html_(self) -> str:
        sides = (("a", self.a), ("b", self.b))
        figures = [nb.figure(image.pixels, _caption(side, image.name)) for side, image in sides]
        if self.a.pixels.shape[:2] == self.b.pixels.shape[:2] and self.verdict != Verdict.IDENTICAL:
            figures += [nb.figure(difference(self.a.pixels, self.b.pixels), "difference")]
            figures.append(nb.figure(Image(self.heat_map).pixels, "heat map"))
        absent: dict[str, list[str]] = {}
        stated = {reason.data.get("absent") for reason in self.reasons}
        for name, measured in self.measurements.items():
            if measured.absent and measured.absent not in stated:
                absent.setdefault(measured.absent, []).append(name)
        return nb.page(
            nb.headline(self.verdict, Status.OK if self.ok else Status.FINDING, self.why),
            nb.lines(map(sentence, self.ruling.warnings)),
            nb.row(figures, 238),
            nb.numbers((name, _shown(value)) for name, value in self.metrics.items()),
            nb.lines(f"{', '.join(names)}: {reason}" for reason, names in absent.items()),
        )


def compare(
    a: ImageSource | Image,
    b: ImageSource | Image,
    *,
    drift: str | Mapping[str, str | bool] = "exact",
    metrics: Iterable[str] | None = None,
    ignore: Iterable[Sequence[int]] = (),
) -> Comparison:
    """Compare two images as ``harness compare`` does.

    ``a`` is what the image should be, ``b`` what it is (see :class:`harness.Image` for what is taken). ``drift`` is the
    rule of the verdict: ``"exact"``, or limits as in a suite, such as ``{"ssim": ">= 0.98"}``. ``metrics`` are those
    to keep (all); the rule is judged by all of them. ``ignore`` boxes (x, y, width, height in pixels) count for
    nothing.

    Other sizes are the finding ``incomparable``. Raises an ImageError for what is no image, and UsageError
    for an invalid rule, metric or box.
    """
    rule, boxes = given_rule(drift, "drift"), given_boxes(ignore, "ignore")
    known = known_metrics()
    kept = tuple(known) if metrics is None else tuple(metrics)
    for name in kept:
        if name not in known:
            raise UsageError(f"metrics: unknown metric `{name}`", nearest(name, known))
    one, other = Image(a, name="a"), Image(b, name="b")
    same = None if one.data is None or other.data is None else one.data == other.data
    panel = measure(one.pixels, other.pixels, ignore=boxes, bytes_equal=same)
    return Comparison(
        one,
        other,
        {name: panel.measurements[name] for name in kept},
        compared(panel, rule, one.decoding, other.decoding),
        panel,
        boxes,
    )


def _caption(side: str, name: str) -> str:
    """Return ``a: folder/image.png``, or only the side where the image has no name."""
    return side if name == side else f"{side}: {'/'.join(PurePath(name).parts[-2:])}"


def _shown(value: Value) -> str:
    if value is None:
        return "–"
    return ("yes" if value else "no") if isinstance(value, bool) else f"{value:.6g}"
