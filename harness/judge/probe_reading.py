"""What one probe showed, and why another shows nothing."""

from dataclasses import dataclass

from harness.judge.observation import ProbeObservations
from harness.records import Reason
from harness.vocabulary import Code, ProbeName, ProbeOutcome


@dataclass(frozen=True, slots=True)
class ProbeReading:
    """What one probe showed.

    ``outcome``: ``equal`` | ``differs`` | ``unclear`` (it differed, and that cannot be put down to what was changed) |
    ``skipped``. ``images`` were compared with their references, ``differing`` of them differ, by at most ``max_abs``
    (None: sizes differ). ``settings`` are those under which something differed; ``why`` says why it is unclear or
    skipped.
    """

    probe: ProbeName
    outcome: ProbeOutcome
    images: int = 0
    differing: int = 0
    max_abs: float | None = None
    settings: tuple[str, ...] = ()
    why: tuple[Reason, ...] = ()


def why_none(seen: ProbeObservations, probe: ProbeName) -> tuple[Reason, ...]:
    """Return why a probe shows nothing."""
    if probe in seen.skipped:
        return (seen.skipped[probe],)
    observations = seen.of(probe)
    if any(observation.cached for observation in observations):
        return (Reason(Code.PROBE_CACHED),)
    failed = next((observation.problem for observation in observations if observation.problem), ())
    return failed or (() if seen.stopped is None else (seen.stopped,))
