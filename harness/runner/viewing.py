"""The checks of an image, answered by their viewers: in the order of their needs, paid calls through the Session."""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from harness.errors import GenerationError, GenerationRefusedError, HarnessError, UsageError, excerpt
from harness.generation import Generated, Session
from harness.provider import Output
from harness.records import Check, Finding, Gate, InputImage, Measurement, Recipe, Request, Trial, ViewerSpec
from harness.runner.deriving import Deriving
from harness.runner.judges import Judges
from harness.runner.paired import paired
from harness.runner.received_image import Received
from harness.vision import (
    AUTO,
    SHAPES,
    AskingViewer,
    ComparingViewer,
    EncoderWeightsError,
    Question,
    Reply,
    ViewedImage,
    Viewer,
    ViewerError,
    ask_all,
    check_text,
    in_order,
    open_viewer,
    subject_of_viewer,
)
from harness.vocabulary import CheckOutcome, Source

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Beside = Callable[[], ViewedImage | None]
_SEEN = 300
"""Characters of a problem that a finding states."""


class Viewing:
    """The viewers of a run, each opened once; may be used from several threads.

    Equal questions about equal pixels to an equal judge are asked once, unless ``asks_again``. Without ``session`` no
    viewer makes calls. ``judges`` are the calibrations that are put beside the answers.
    """

    def __init__(
        self, session: Session | None = None, judges: Judges | None = None, *, asks_again: bool = False
    ) -> None:
        self.judges = judges or Judges()
        self._asks_again = asks_again
        self._session = session
        self._viewers: dict[str, Viewer] = {}
        self._replies: dict[str, Reply] = {}
        self._opening = threading.Lock()
        self._deriving = Deriving(session)

    def open(self, checks: Iterable[Check], pixels: "NDArray[np.uint8]", measuring: Iterable[ViewerSpec] = ()) -> None:
        """Open the viewers of checks and of metrics before the first image is generated, and have each answer its first
        check about the image ``pixels``, or look for what its calls need. Raises HarnessError and ImportError."""
        self.open_measuring(measuring)
        first: dict[str, Check] = {}
        for check in checks:
            if check.kind == AUTO:
                self._deriving.ready(check)
            for spec in check.viewers or (check.by or SHAPES,):
                first.setdefault(spec.name, check if check.kind != AUTO else replace(check, by=spec))
        image = ViewedImage(pixels) if first else None
        for check in first.values():
            viewer = self._viewer(check.by or SHAPES)
            if isinstance(viewer, AskingViewer):
                if self._session is not None and not self._session.sources.replays:
                    viewer.ready()
                continue
            assert image is not None
            if check.kind == AUTO:
                continue
            try:
                viewer.answer(image, check)
            except (ImportError, EncoderWeightsError):
                raise
            except Exception:  # noqa: S110 - what a viewer cannot take is reported of each image
                pass

    def open_measuring(self, viewers: Iterable[ViewerSpec | None]) -> None:
        """Open the viewers of metrics. Raises HarnessError and ImportError."""
        for spec in {spec.name: spec for spec in viewers if spec is not None}.values():
            self.judge(spec)

    def judge(self, spec: ViewerSpec) -> str:
        """Return the digest of what the distances of a viewer depend on. Raises what opening it raises."""
        return self._comparing(spec).judge

    def distance(self, spec: ViewerSpec, a: ViewedImage, b: ViewedImage) -> Measurement:
        """Return the metric ``embedding`` of two images; absent where the viewer gave no vector. Raises what opening a
        viewer raises."""
        viewer = self._comparing(spec)
        try:
            return Measurement(value=round(viewer.distance(a, b), 6), detail={"judge": viewer.judge})
        except ViewerError as fault:
            return Measurement(absent=str(fault), detail={"judge": viewer.judge})

    def vector(self, spec: ViewerSpec, image: ViewedImage) -> "NDArray[np.float32]":
        """Return the vector of an image. Raises ViewerError, and what opening a viewer raises."""
        return self._comparing(spec).vector(image)

    def _comparing(self, spec: ViewerSpec) -> ComparingViewer:
        viewer = self._viewer(spec)
        if not isinstance(viewer, ComparingViewer):
            raise UsageError(f"viewer `{spec.name}` measures no distance", "choose one of kind embedding")
        return viewer

    def viewed(
        self, received: Received, trial: Trial, accepted: Beside = lambda: None
    ) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
        """Return the findings of the checks of a trial on its image, in the order written, and the words of its prompt
        about which there is no check. ``accepted`` reads the nearest accepted image, or raises ViewerError."""
        checks: list[Check] = []
        failed: list[Finding] = []
        unchecked = [*trial.unchecked]
        asking: list[float] = []
        for check in trial.checks:
            if check.kind != AUTO:
                checks.append(check)
                continue
            derived, cost = self._deriving.derived(check, trial)
            asking += [] if cost is None else [cost]
            if isinstance(derived, ViewerError):
                failed.append(Finding(AUTO, CheckOutcome.INCONCLUSIVE, excerpt(str(derived), _SEEN), derived=True))
                continue
            checks += derived.checks
            unchecked += derived.unchecked
        found = [*self._findings(received, replace(trial, checks=tuple(checks)), accepted), *failed]
        if asking and found:
            found[0] = replace(found[0], cost=round(sum([found[0].cost or 0.0, *asking]), 9))
        return tuple(found), tuple(unchecked)

    def _findings(self, received: Received, trial: Trial, accepted: Beside) -> tuple[Finding, ...]:
        checks = trial.checks
        if not checks:
            return ()
        found: dict[int, Finding] = {}
        passed: set[str] = set()
        try:
            image = ViewedImage(
                received.image.image.pixels, received.ref.pixel_digest, trial.recipe.request.prompt, accepted
            )
        except Exception as error:  # any image may come
            return tuple(_failed(check, error) for check in checks)
        for index in in_order(checks):
            check = checks[index]
            if missing := [need for need in check.needs if need not in passed]:
                seen = f"not answered: it needs the check `{missing[0]}` to pass"
                finding = Finding(check_text(check), CheckOutcome.INCONCLUSIVE, seen)
            else:
                finding = self._finding(image, check, trial)
                if check.paired:
                    finding = paired(image, finding, partial(self._finding, check=check, trial=trial))
            if finding.outcome == CheckOutcome.PASS and check.name is not None:
                passed.add(check.name)
            found[index] = replace(finding, derived=check.derived or None, name=check.name)
        return tuple(found[index] for index in range(len(checks)))

    def _finding(self, image: ViewedImage, check: Check, trial: Trial) -> Finding:
        spec = check.by or SHAPES
        name = None if check.by is None or spec.kind == SHAPES.kind else spec.name
        paid: list[float | None] = []
        try:
            viewer = self._viewer(spec)
            if isinstance(viewer, AskingViewer):
                finding = self._asked(viewer, image, check, trial, paid)
            else:
                finding = viewer.answer(image, check)
        except (HarnessError, ImportError) as error:
            if not isinstance(error, ViewerError):
                raise
            finding = _failed(check, error)
        except Exception as error:  # any image may come: what the viewer cannot take is reported, and ends no run
            finding = _failed(check, error)
        cost = None if not paid or None in paid else round(sum(one for one in paid if one is not None), 9)
        return self.judges.rated(replace(finding, check=check_text(check), viewer=name, cost=cost), check)

    def _asked(
        self, viewer: AskingViewer, image: ViewedImage, check: Check, trial: Trial, paid: list[float | None]
    ) -> Finding:
        """Return the finding of a viewer that makes calls; ``paid`` takes what each cost."""
        replies = ask_all(viewer.questions(check), lambda question: self._reply(viewer, image, question, trial, paid))
        return viewer.finding(check, replies)

    def _reply(
        self, viewer: AskingViewer, image: ViewedImage, question: Question, trial: Trial, paid: list[float | None]
    ) -> Reply:
        """Return the answer to one question. Raises ViewerError, UnknownPriceError and WriteError."""
        if self._session is None:
            raise ViewerError(viewer.name, "this command asks no viewer that makes calls")
        recipe = _recipe(viewer, image, question)
        if known := self._replies.get(recipe.digest):
            return replace(known, served={**known.served, "source": Source.CACHE.value}, cost=0.0)

        def call(gate: Gate) -> Output:
            try:
                reply = viewer.ask(image, question, gate)
            except ViewerError as fault:
                kind = GenerationRefusedError if fault.refused else GenerationError
                raise kind(viewer.name, str(fault), fault.hint, possibly_billed=fault.possibly_billed) from fault
            return Output(environment=reply.served, cost=reply.cost, answer=reply.text)

        came = self._session.answer(
            trial, recipe, viewer.price, call, lambda output: viewer.is_valid(question, _reply_of(output))
        )
        if came is None:
            raise ViewerError(viewer.name, "not asked: the budget is reached", "raise --budget")
        if not isinstance(came, Generated):
            if came.fault.possibly_billed:
                paid.append(viewer.price)
            raise ViewerError(viewer.name, came.fault.problem, came.fault.hint)
        reply = _reply_of(came.generated)
        if came.generated.source == Source.GENERATED:
            paid.append(reply.cost)
        if not self._asks_again and viewer.is_valid(question, reply):
            self._replies[recipe.digest] = reply
        return reply

    def _viewer(self, spec: ViewerSpec) -> Viewer:
        with self._opening:
            if spec.name not in self._viewers:
                viewer = self._viewers[spec.name] = open_viewer(spec)
                if self._session is not None:
                    self._session.closing(viewer.close)
            return self._viewers[spec.name]


def with_answers(cost: float | None, findings: Sequence[Finding]) -> float | None:
    """Return what a trial cost in US dollars: its image and the answers of its viewers; None where the image's cost is
    not known."""
    answers = [finding.cost for finding in findings if finding.cost]
    return cost if cost is None or not answers else round(sum(chain([cost], answers)), 9)


def _recipe(viewer: AskingViewer, image: ViewedImage, question: Question) -> Recipe:
    """Return a question as a recipe: image, question, judge and vote."""
    height, width = image.pixels.shape[:2]
    subject = subject_of_viewer(viewer)
    subject = replace(subject, settings={**subject.settings, "options": list(question.options)})
    seen = InputImage("image", image.digest)
    return Recipe(
        Request("", seed=question.vote, width=width, height=height, input_image=seen, ask=question.text), subject
    )


def _reply_of(output: Output) -> Reply:
    served = dict(output.environment)
    if output.source != Source.GENERATED:
        served["source"] = output.source.value
    return Reply(output.answer or "", served, output.cost)


def _failed(check: Check, error: Exception) -> Finding:
    problem = str(error) if isinstance(error, ViewerError) else f"{type(error).__name__}: {error}"
    seen = excerpt(f"the viewer failed on this image: {problem}", _SEEN)
    return Finding(check_text(check), CheckOutcome.INCONCLUSIVE, seen, name=check.name)
