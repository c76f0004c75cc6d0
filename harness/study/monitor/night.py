"""One night of a monitor: generate, rank, record, and say what all nights together show."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from harness.baseline import refuse_in_ci
from harness.comparison import features
from harness.errors import UsageError
from harness.generation import Budget, Failed, Generated, Limits, Sources
from harness.image import ImageError, Pixels, encode_png
from harness.judge import cache_evidence
from harness.ledger import make_folder, place, timestamp
from harness.records import MonitorEpoch, MonitorImage, MonitorLine, MonitorNight, MonitorReport, Trial, TrialResult
from harness.runner import Judges
from harness.study.monitor.plan import (
    REFERENCE,
    Monitored,
    MonitorOptions,
    monitored,
    new_epoch,
    trials_of_night,
)
from harness.study.monitor.ranking import ranked
from harness.study.monitor.reading import monitor_report
from harness.study.monitor.state import MonitorState
from harness.study.recorder import Recorder
from harness.study.study_session import estimate_left, open_study, study_record
from harness.vocabulary import CheckOutcome, StudyKind, Verdict

SERVED = ("served_model", "served_by", "fingerprint", "shutdown_date", "deprecation_date")
"""What of the environment the service says of its model."""
SMALL = 192
"""Pixels of the longer side of the copies that are kept."""

Progress = Callable[[int, int], None]
"""Reported after each generation: how many are done, of how many."""


@dataclass(frozen=True, slots=True)
class PreparedNight:
    """What a night generates: ``cost`` in US dollars (None: unknown). ``epoch`` is None before the first night."""

    state: MonitorState
    epoch: MonitorEpoch | None
    prompts: Monitored
    trials: Sequence[Trial]
    cost: float | None


def prepare_night(options: MonitorOptions) -> PreparedNight:
    """Return what the next night generates; nothing is generated or written.

    Raises SuiteError, UsageError and MonitorStateError.
    """
    state = MonitorState(options.folder)
    prompts = monitored(options, state.epoch)
    if not prompts.trials:
        raise UsageError(
            "no prompt of the suite is one of the monitor's epoch", "begin a new epoch: --accept --reason 'new prompts'"
        )
    reference = (options.reference or REFERENCE) if state.epoch is None else state.epoch.reference
    trials = trials_of_night(prompts.trials, list(state.images()), options.images, reference)
    costs = [row.cost for row in estimate_left(prompts.plan.providers, trials, None, checks=True)]
    cost = None if None in costs else sum(cost or 0.0 for cost in costs)
    return PreparedNight(state, state.epoch, prompts, trials, cost)


def run_night(
    prepared: PreparedNight,
    options: MonitorOptions,
    who: str,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> MonitorReport:
    """Generate a night, append it to the state, and return what all nights of the epoch show.

    The caller holds the Lock of the folder. Raises what a Session raises, and WriteError.
    """
    state = prepared.state
    suites, providers = (options.recorded,), prepared.prompts.plan.providers
    used = {trial.recipe.subject.provider for trial in prepared.trials}
    sources = Sources({name: spec for name, spec in providers.items() if name in used})
    limits = Limits(Budget(options.budget), stop or threading.Event(), options.timeout)
    arguments = {"images": options.images, "night": state.next_night}
    record = study_record(StudyKind.MONITOR, suites, arguments, len(prepared.trials))
    found: list[MonitorImage] = []
    served: dict[str, Any] = {}
    with open_study(record, options.project.reports, sources, limits) as session:
        epoch = prepared.epoch
        if epoch is None:
            epoch = new_epoch(options, state, prepared.prompts.trials, who, "first night")
            state.append(MonitorLine(epoch=epoch))
        judges = Judges.stored(options.project.baselines)
        recorder = Recorder(session, StudyKind.MONITOR, checks=True, judges=judges)
        earlier = list(state.images())
        for item in session.generate(prepared.trials):
            result = recorder.record(item)
            price = sources.price(result.recipe)
            first = bool(result.image) and not any(one.first for one in found)
            image = _image(item, result, price, state.small_image, first=first)
            own = [one for one in (*earlier, *found) if one.prompt == image.prompt]
            found.append(ranked(image, own, epoch))
            served |= {name: result.environment[name] for name in SERVED if result.environment.get(name)}
            served |= {} if price is None else {"price": price}
            if progress is not None:
                progress(len(found), len(prepared.trials))
        session.finish(notes=recorder.judge_notes(suites))
        run = session.folder.parent.name
    night = MonitorNight(
        number=state.next_night,
        at=timestamp(),
        planned=len(prepared.trials),
        images=tuple(found),
        served=served,
        run=run,
        stopped=limits.stopped,
    )
    state.append(MonitorLine(night=night))
    state.prune()
    return monitor_report(options.recorded, state, prepared.prompts)


def accept_change(options: MonitorOptions, who: str, reason: str) -> MonitorEpoch:
    """Begin a new epoch with the prompts of the suite as it is now: from here on images are compared with those that
    come, and no longer with those before. The caller holds the Lock.

    Raises WritesRefusedError (``CI``), SuiteError, UsageError, MonitorStateError and WriteError.
    """
    refuse_in_ci()
    state = MonitorState(options.folder)
    if state.epoch is None:
        raise UsageError(f"{options.folder} has no monitor yet", f"begin it: harness monitor {options.suite}")
    epoch = new_epoch(options, state, monitored(options, None).trials, who, reason)
    state.append(MonitorLine(epoch=epoch))
    return epoch


def _image(
    item: Generated | Failed, result: TrialResult, price: float | None, small: Callable[[str], Path], *, first: bool
) -> MonitorImage:
    prompt = str(result.key)
    if not isinstance(item, Generated) or result.image is None:
        refused = result.outcome.verdict == Verdict.REFUSED
        return MonitorImage(prompt, 0, seconds=result.seconds, refused=refused, problem=result.outcome.reasons)
    try:
        pixels = item.image.image.pixels
        vector = tuple(round(float(value), 6) for value in features(pixels))
        digest = item.image.pixel_digest
        _keep(small(digest), pixels)
    except ImageError:
        return MonitorImage(prompt, 0, seconds=result.seconds, problem=result.outcome.reasons)
    decided = [one.outcome for one in result.findings if one.outcome in (CheckOutcome.PASS, CheckOutcome.FAIL)]
    cached = cache_evidence(result.source, result.environment, result.cost, price)
    return MonitorImage(
        prompt,
        0,
        pixels=digest,
        features=vector,
        checks=(decided.count(CheckOutcome.FAIL), len(decided)) if decided else None,
        seconds=round(result.seconds, 4),
        first=first and cached is None,
        cost=result.cost,
        cached="" if cached is None else str(cached.code),
    )


def _keep(path: Path, pixels: Pixels) -> None:
    """Keep a small copy of an image."""
    factor = -(-max(pixels.shape[:2]) // SMALL)
    height, width = (side // factor * factor for side in pixels.shape[:2])
    if factor > 1 and min(height, width):
        parts = pixels[:height, :width].reshape(height // factor, factor, width // factor, factor, -1)
        pixels = np.asarray(parts.mean(axis=(1, 3)).round(), np.uint8)
    make_folder(path.parent)
    if not path.exists():
        place(path, encode_png(pixels), durable=False)
