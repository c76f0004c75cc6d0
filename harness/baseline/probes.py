"""What probes showed of the providers of a suite: ``baselines/<suite>/probes.json``."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.baseline.errors import BaselineError
from harness.baseline.names import PROBES, folder_name
from harness.baseline.writing import LOCK_SECONDS, refuse_in_ci
from harness.ledger import Lock, atomic_write, make_folder
from harness.records import Reason, from_json, to_json
from harness.vocabulary import Level, ParameterOutcome, SeedOutcome

FORMAT = 2


@dataclass(frozen=True, slots=True)
class Probe:
    """What a probe showed of one subject (a provider with its model and settings) on one machine.

    ``subject`` is the digest of the subject, ``identity`` that of what beside it decides an image (a program,
    weights); ``host`` is the machine, ``environment`` what the provider says of itself. ``level`` is the determinism
    in this environment, ``elsewhere`` with other batches, threads and instruction sets (None: not probed). ``portable``
    says that threads and instruction set were changed and every pixel stayed. ``when`` is an ISO 8601 UTC time;
    ``repeats`` how often each recipe was generated, ``images`` how many were compared, ``trials`` which were generated.
    ``causes`` are the diagnosis, ``readings`` what each probe showed, ``parameters`` what became of each
    setting.
    """

    provider: str
    kind: str
    subject: str
    identity: str
    host: Mapping[str, Any]
    when: str
    repeats: int
    images: int
    trials: tuple[str, ...]
    level: Level
    elsewhere: Level | None
    portable: bool
    seed: SeedOutcome
    causes: tuple[Reason, ...]
    model: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    readings: Mapping[str, Any] = field(default_factory=dict)
    parameters: Mapping[str, ParameterOutcome] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)


class ProbesError(BaselineError):
    """A file of probes that cannot be read. ``problem`` says why."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(str(path), problem)
        self.path = path
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}"

    @property
    def hint(self) -> str:
        return f"restore it (git checkout -- {self.path}), or delete it and probe again"


def read_probes(root: Path, suite: str) -> tuple[Probe, ...]:
    """The stored probes of a suite; none when there is no file. Raises ProbesError."""
    path = root / folder_name(suite) / PROBES
    try:
        data = json.loads(path.read_bytes())
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise ProbesError(path, f"cannot be read: {str(error.strerror).lower()}") from error
    except (ValueError, RecursionError) as error:
        raise ProbesError(path, f"is not JSON: {error}") from error
    if not isinstance(data, dict) or data.get("format") != FORMAT or not isinstance(data.get("probes"), list):
        raise ProbesError(path, f"this version reads format {FORMAT}")
    if data.get("suite") != suite:
        raise ProbesError(path, f"it belongs to the suite {data.get('suite')!r:.60}, not {suite!r}")
    try:
        return tuple(from_json(Probe, item) for item in data["probes"])
    except ValueError as error:
        raise ProbesError(path, str(error)) from error


def store_probes(root: Path, suite: str, probes: Sequence[Probe]) -> Path:
    """Store what probes showed; each takes the place of an earlier one of its subject on its machine.

    Returns the file. Raises WritesRefusedError (``CI``), ProbesError, LockedError and WriteError.
    """
    refuse_in_ci()
    folder = root / folder_name(suite)
    make_folder(folder)
    with Lock(folder, wait=LOCK_SECONDS):
        known = {_place(probe): probe for probe in (*read_probes(root, suite), *probes)}
        # one sorted list: two machines that probe the same suite change other lines
        listed = [_sorted(to_json(known[place])) for place in sorted(known)]
        text = json.dumps({"format": FORMAT, "suite": suite, "probes": listed}, indent=2, ensure_ascii=False)
        atomic_write(folder / PROBES, f"{text}\n".encode())
    return folder / PROBES


def _place(probe: Probe) -> tuple[str, str, str]:
    return probe.provider, probe.subject, json.dumps(to_json(probe.host), sort_keys=True)


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _sorted(value[name]) for name in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value
