"""Where the providers of a run generate."""

from dataclasses import dataclass

from harness.vocabulary import ExecutorKind


@dataclass(frozen=True, slots=True)
class ExecutorSpec:
    """Where the providers of a run generate, and what one image at a time there takes."""

    kind: ExecutorKind = ExecutorKind.LOCAL
    """This machine, or a Ray cluster."""
    address: str = "auto"
    """Of the cluster: HOST:PORT; ``auto`` is the one that RAY_ADDRESS names, else the one this machine is a node of."""
    gpus: float = 0.0
    """GPUs of a slot; a fraction shares one."""
    cpus: float = 1.0
    """CPUs of a slot."""
