"""Enumerations of the studies: questions and outcomes."""

from collections.abc import Mapping
from enum import StrEnum


class StudyKind(StrEnum):
    """What generates beside runs, compared with no baseline."""

    PROBE = "probe"
    CALIBRATE = "calibrate"
    AUDIT = "audit"
    BENCH = "bench"
    SERVE = "serve"
    MONITOR = "monitor"


REPEATS: Mapping[StudyKind, int] = {
    StudyKind.PROBE: 6,
    StudyKind.CALIBRATE: 10,
    StudyKind.AUDIT: 2,
    StudyKind.BENCH: 3,
}
"""How often a study generates each trial where nothing else is asked for."""


class PairKind(StrEnum):
    """How far apart two images of an audit are, the widest last but for those that are not there."""

    IDENTICAL = "identical"
    BENIGN = "benign"
    UNMEASURED = "unmeasured"
    VISIBLE = "visible"
    REFUSED = "refused"
    MISSING = "missing"


class PromptOutcome(StrEnum):
    """Outcome of a prompt of an audit: changed beyond its control or not, not decided, or without images."""

    CHANGED = "changed"
    INCONCLUSIVE = "inconclusive"
    MISSING = "missing"
    SAME = "same"


class Go(StrEnum):
    """The answer of an audit to whether B may take A's place."""

    GO = "go"
    NO_GO = "no-go"
    UNDECIDED = "undecided"


class ChangeKind(StrEnum):
    """What changed between two arms of an audit."""

    SIZE = "size"
    SUBJECT = "subject"
    TEXT = "text"
    LAYOUT = "layout"
    COLOR = "color"
    TEXTURE = "texture"


class AuditMethod(StrEnum):
    """How an audit decides: any pixel, beyond the noise within the arms, or without a control arm."""

    EXACT = "exact"
    NOISE = "noise"
    NONE = "none"


class ProbeName(StrEnum):
    """What a probe generates again to see whether it repeats, in the order in which it is shown; the last four are
    generated for a question of their own."""

    REPEAT = "repeat"
    ORDER = "order"
    CONCURRENCY = "concurrency"
    RESTART = "restart"
    FIRST = "first"
    BATCH = "batch"
    THREADS = "threads"
    INSTRUCTIONS = "instructions"
    HASH = "hash"
    PATH = "path"
    CLOCK = "clock"
    ENCODING = "encoding"
    SEED = "seed"
    PARAMETERS = "parameters"
    PROMPT = "prompt"
    UNSEEDED = "unseeded"
    ASIDE = "aside"


class ProbeOutcome(StrEnum):
    """What a probe showed, the worst first."""

    DIFFERS = "differs"
    UNCLEAR = "unclear"
    EQUAL = "equal"
    SKIPPED = "skipped"


class SeedOutcome(StrEnum):
    """What a seed does."""

    HONORED = "honored"
    SHARED = "shared"
    IGNORED = "ignored"
    REJECTED = "rejected"
    CONSTANT = "constant"
    CACHED = "cached"
    NOT_SEEDED = "not seeded"
    UNKNOWN = "unknown"


class ParameterOutcome(StrEnum):
    """What a setting does."""

    HONORED = "honored"
    IGNORED = "ignored"
    CLAMPED = "clamped"
    UNKNOWN = "unknown"


class Unproven(StrEnum):
    """What an image that is not shown to repeat lacks, as far as that decides what to do."""

    SET = "set"
    RECORDING = "recording"
    REPEAT = "repeat"
    EQUAL = "equal"


class RepeatMode(StrEnum):
    """What repeats fall into: one image, several of which one came again, or another one every time."""

    ONE = "one"
    SEVERAL = "several"
    CONTINUOUS = "continuous"
