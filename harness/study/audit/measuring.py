"""The metric that a viewer measures, of the pairs of an audit."""

import threading
from collections.abc import Mapping
from dataclasses import replace

from harness.errors import HarnessError
from harness.image import Image
from harness.records import Comparison, ImageRef, Measurement, Policy, Reason, ViewerSpec
from harness.runner import Viewing, viewed, with_distance
from harness.vocabulary import EMBEDDING, Code

NOT_DEFINED = "it is not defined in harness.toml"


class Measuring:
    """Measures pairs by viewers of the project or the suite; may be used from several threads.

    Of a viewer only the name is taken from a run's files: what it opens, the project or the suite at present says.
    """

    def __init__(self, viewers: Mapping[str, ViewerSpec]) -> None:
        self._viewers = viewers
        self._viewing = Viewing()
        self._problems: dict[str, str] = {}
        self._opening = threading.Lock()

    def measured(
        self, comparison: Comparison, policy: Policy, images: tuple[Image, Image], refs: tuple[ImageRef, ImageRef]
    ) -> Comparison:
        """Return the comparison of two images with the metric ``embedding`` where their policy names a viewer for it;
        absent where that cannot be opened."""
        if policy.embedding is None:
            return comparison
        if problem := self._problem(policy.embedding.name):
            measured = Measurement(absent=f"viewer `{policy.embedding.name}`: {problem}")
            return replace(comparison, measurements={**comparison.measurements, EMBEDDING: measured})
        policy = replace(policy, embedding=self._viewers[policy.embedding.name])
        a, b = (viewed(image.pixels, ref.pixel_digest, policy) for image, ref in zip(images, refs, strict=True))
        return with_distance(comparison, policy, self._viewing, lambda: a, lambda: b)

    def notes(self) -> tuple[Reason, ...]:
        """Return why viewers could not measure."""
        return tuple(
            Reason(Code.AUDIT_NO_VIEWER, {"viewer": name, "problem": problem})
            for name, problem in self._problems.items()
            if problem
        )

    def _problem(self, name: str) -> str:
        """Return why a viewer cannot be opened; empty where it can."""
        with self._opening:
            if name not in self._problems:
                self._problems[name] = NOT_DEFINED
                if name in self._viewers:
                    self._problems[name] = self._opened(self._viewers[name])
            return self._problems[name]

    def _opened(self, spec: ViewerSpec) -> str:
        try:
            self._viewing.judge(spec)
        except (HarnessError, ImportError) as fault:
            return f"{fault} ({fault.hint})" if isinstance(fault, HarnessError) and fault.hint else str(fault)
        return ""
