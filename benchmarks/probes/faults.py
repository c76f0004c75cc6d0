"""The faults of ``programs.py`` and ``faulty.py``: by which mechanism each comes, and what a probe should say of it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """A faulty program. ``right`` are the answers that are right, the best first; ``python`` says that it is a function
    in the process of the provider, ``concurrency`` how many calls it takes at a time, ``file`` which program has it."""

    name: str
    mechanism: str
    right: tuple[str, ...]
    python: bool = False
    concurrency: int = 1
    file: str = "programs.py"


DETERMINISTIC, CHANCE, SEED, STATE = "deterministic", "by chance", "by seed", "by state"
TIME, ENVIRONMENT, ENCODING = "by time", "by environment", "by encoding"

FAULTS = (
    Fault("exact", DETERMINISTIC, ("exact",)),
    Fault("uneven-time", DETERMINISTIC, ("exact",)),
    Fault("constant", DETERMINISTIC, ("constant",)),
    Fault("static", DETERMINISTIC, ("broken",)),
    Fault("flat", DETERMINISTIC, ("broken",)),
    Fault("grain", CHANCE, ("noise",)),
    Fault("two-modes", CHANCE, ("modes",)),
    Fault("rare", CHANCE, ("modes",)),
    Fault("unseeded", CHANCE, ("seed ignored",)),
    Fault("ignored", SEED, ("seed ignored",)),
    Fault("pairs", SEED, ("neighbors",)),
    Fault("wrap-256", SEED, ("modulus 256",)),
    Fault("wrap-65536", SEED, ("modulus 65536",)),
    Fault("wrap-2-32", SEED, ("modulus 4294967296",)),
    Fault("wrap-million", SEED, ("modulus 1000000",)),
    Fault("clamp", SEED, ("seeds shared",)),
    Fault("float32", SEED, ("seeds shared",)),
    Fault("zero-is-random", SEED, ("one seed varies",)),
    Fault("previous-prompt", STATE, ("order",)),
    Fault("previous-seed", STATE, ("order",)),
    Fault("switch-12", STATE, ("change point",)),
    Fault("switch-25", STATE, ("change point",)),
    Fault("every-second", STATE, ("period",)),
    Fault("every-third", STATE, ("period",)),
    Fault("every-tenth-blank", STATE, ("broken",)),
    Fault("first-call", STATE, ("first",)),
    Fault("fades", STATE, ("trend",)),
    Fault("cache-without-seed", STATE, ("cache",)),
    Fault("clock", TIME, ("clock",)),
    Fault("seconds", TIME, ("clock",)),
    Fault("after-8-seconds", TIME, ("change point",)),
    Fault("brightens", TIME, ("trend", "clock")),
    Fault("hash-seed", ENVIRONMENT, ("hash seed",)),
    Fault("path", ENVIRONMENT, ("path",)),
    Fault("threads", ENVIRONMENT, ("threads",), python=True),
    Fault("processor", ENVIRONMENT, ("instructions",), python=True),
    Fault("process", ENVIRONMENT, ("restart",), python=True),
    Fault("warm-up", ENVIRONMENT, ("first",), python=True),
    Fault("concurrency", ENVIRONMENT, ("concurrency",), concurrency=4),
    Fault("counter-in-text", ENCODING, ("encoder",)),
    Fault("date-in-text", ENCODING, ("encoder",)),
    Fault("compression", ENCODING, ("encoder",)),
    Fault("png-or-webp", ENCODING, ("encoder",)),
    Fault("png-or-jpeg", ENCODING, ("period", "encoder")),
    Fault("jpeg-quality", ENCODING, ("modes", "encoder")),
    Fault("alpha", ENCODING, ("encoder",)),
)

GIVEN = tuple(
    Fault(name, mechanism, (answer,), file="faulty.py")
    for name, mechanism, answer in (
        ("none", DETERMINISTIC, "exact"),
        ("blank", STATE, "broken"),
        ("pairs", SEED, "neighbors"),
        ("wrap", SEED, "modulus 65536"),
        ("switch", STATE, "change point"),
        ("previous", STATE, "order"),
    )
)
"""Faults that others wrote."""
