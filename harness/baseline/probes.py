"""What probes showed of the providers of a suite: ``baselines/<suite>/probes.json``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.baseline.errors import BaselineError
from harness.baseline.names import PROBES, folder_name
from harness.records import Reason, canonical_json, decode_json, indented_json, to_json
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
    ``causes`` are the diagnosis, ``readings`` what each probe showed, ``parameters`` the outcome of each
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


@dataclass(frozen=True, slots=True)
class _Stored:
    """The file."""

    format: int
    suite: str
    probes: tuple[Probe, ...]


@dataclass(eq=False, repr=False)
class ProbesError(BaselineError):
    """A file of probes that cannot be read. ``problem`` says why."""

    path: Path
    problem: str

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}"

    @property
    def hint(self) -> str:
        return f"restore it (git checkout -- {self.path}), or delete it and probe again"


def read_probes(root: Path, suite: str) -> tuple[Probe, ...]:
    """Return the stored probes of a suite; none when there is no file. Raises ProbesError."""
    path = root / folder_name(suite) / PROBES
    try:
        stored = decode_json(_Stored, path.read_bytes())
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise ProbesError(path, f"cannot be read: {str(error.strerror).lower()}") from error
    except (ValueError, RecursionError) as error:
        raise ProbesError(path, str(error)) from error
    if stored.format != FORMAT:
        raise ProbesError(path, f"this version reads format {FORMAT}")
    if stored.suite != suite:
        raise ProbesError(path, f"it belongs to the suite {stored.suite!r:.60}, not {suite!r}")
    return stored.probes


def store_probes(root: Path, suite: str, probes: Sequence[Probe]) -> Path:
    """Store what probes showed; each replaces an earlier one of its subject on its machine.

    Returns the file. Raises WritesRefusedError (``CI``), ProbesError, LockedError and WriteError.
    """
    from harness.baseline.manifest_file import sorted_keys
    from harness.baseline.writing import LOCK_SECONDS, refuse_in_ci
    from harness.ledger import Lock, atomic_write, make_folder

    refuse_in_ci()
    folder = root / folder_name(suite)
    make_folder(folder)
    with Lock(folder, wait=LOCK_SECONDS):
        known = {_place(probe): probe for probe in (*read_probes(root, suite), *probes)}
        # one sorted list: two machines that probe the same suite change other lines
        stored = _Stored(FORMAT, suite, tuple(sorted_keys(to_json(known[place])) for place in sorted(known)))
        atomic_write(folder / PROBES, indented_json(stored) + b"\n")
    return folder / PROBES


def _place(probe: Probe) -> tuple[str, str, str]:
    return probe.provider, probe.subject, canonical_json(probe.host)
