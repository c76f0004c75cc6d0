"""Where an image came from, and why it is generated."""

from enum import StrEnum


class Source(StrEnum):
    """Where an image came from; ``none``: there is none."""

    GENERATED = "generated"
    CACHE = "cache"
    REPLAY = "replay"
    NONE = "none"


INDEPENDENT = (Source.GENERATED, Source.REPLAY)
"""Sources whose images were each generated for themselves, now or when they were recorded."""


class AttemptKind(StrEnum):
    """Why a trial is generated: to see whether it repeats, as an image of a set, to confirm a drift, as a turn of a
    conversation, or once more after a fault."""

    REPEAT = "repeat"
    SAMPLE = "sample"
    CONFIRMATION = "confirmation"
    TURN = "turn"
    RERUN = "rerun"


class ExecutorKind(StrEnum):
    """Where a run generates: on this machine, or on the nodes of a Ray cluster."""

    LOCAL = "local"
    RAY = "ray"


class Stop(StrEnum):
    """Why a run ended before its last trial."""

    INTERRUPTED = "interrupted"
    BUDGET = "budget"
