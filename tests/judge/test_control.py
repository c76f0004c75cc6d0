"""What is held still, and whether that explains why repeats differ."""

from dataclasses import replace

import pytest

from harness.judge import AT_ONCE, BESIDE, LATER, Observation, ProbeObservations, diagnose, diagnose_provider
from harness.judge.control import held_still, shows
from harness.records import TrialKey
from harness.vocabulary import Code, Level, ProbeName

KEY = TrialKey("suite", "case", seed=0)


def shots(probe: ProbeName, text: str, setting: str = "", recipe: int = 0) -> list[Observation]:
    return [
        Observation(
            probe, recipe, setting, pixels=one, data=one, level=Level.BYTES if one == "a" else Level.LSB, mae=one != "a"
        )
        for one in text
    ]


def seen(*observations: Observation) -> ProbeObservations:
    calls = tuple(replace(one, call=index + 1) for index, one in enumerate(observations))
    return ProbeObservations(KEY, calls, seeds=(0, 1))


def first(*observations: Observation) -> tuple[str, object]:
    cause = diagnose_provider("mine", [diagnose(seen(*observations))]).causes[0]
    return cause.code, cause.data.get("probe")


@pytest.mark.parametrize(
    ("free", "held", "chance"),
    [
        ("ab", "cccc", 1 / 15),
        ("abcdef", "xxx", 1 / 84),
        ("aaab", "aa", 10 / 15),
        ("aaaa", "aaa", None),
        ("abcd", "ab", None),
        ("abcd", "a", None),
        ("", "aa", None),
    ],
)
def test_the_chance_that_images_are_one(free: str, held: str, chance: float | None) -> None:
    assert held_still(free, held) == (None if chance is None else pytest.approx(chance))
    assert shows(free, held) == (chance is not None and chance <= 0.05)


VARY = "abbabaababbaab"


def beside(probe: ProbeName, text: str) -> list[Observation]:
    return shots(ProbeName.REPEAT, text, BESIDE[probe])


@pytest.mark.parametrize("probe", [ProbeName.PATH, ProbeName.HASH])
def test_what_is_held_still_outranks_modes(probe: ProbeName) -> None:
    plain = [*shots(ProbeName.REPEAT, VARY), *beside(probe, "aabababa")]
    assert first(*plain, *shots(probe, "b" * 8)) == (Code.DEPENDS, probe)
    assert first(*plain, *shots(probe, "bbab")) == (Code.MODES, None)
    assert first(*plain, *shots(probe, "bb")) == (Code.MODES, None)


def test_what_changed_before_the_control_is_not_put_down_to_it() -> None:
    plain = [*shots(ProbeName.REPEAT, "a" * 12 + "b" * 8), *beside(ProbeName.PATH, "b" * 8)]
    assert first(*plain, *shots(ProbeName.PATH, "b" * 8)) == (Code.CHANGE_POINT, None)


def test_a_hash_seed_that_processes_differ_by() -> None:
    steady, moved = shots(ProbeName.REPEAT, "aaaaaa"), shots(ProbeName.RESTART, "bc")
    causes = diagnose_provider("mine", [diagnose(seen(*steady, *moved, *shots(ProbeName.HASH, "dddddd")))]).causes
    assert [cause.data.get("probe") for cause in causes[:2]] == [ProbeName.RESTART, ProbeName.HASH]
    assert first(*steady, *moved, *shots(ProbeName.HASH, "dede")) == (Code.DEPENDS, ProbeName.RESTART)


def test_the_clock_is_told_from_the_number_of_the_call() -> None:
    plain = shots(ProbeName.REPEAT, "aabab")

    def pairs(text: str) -> list[Observation]:
        settings = [AT_ONCE] + [LATER, AT_ONCE] * (len(text) // 2)
        return [shots(ProbeName.CLOCK, one, how)[0] for one, how in zip(text, settings, strict=True)]

    assert first(*plain, *pairs("baabbaabbaabbaabb")) == (Code.DEPENDS, ProbeName.CLOCK)
    assert first(*plain, *pairs("babababababababab"))[1] != ProbeName.CLOCK


def test_one_seed_that_does_not_repeat() -> None:
    plain = [*shots(ProbeName.REPEAT, VARY), *beside(ProbeName.REPEAT, "aabababa")]
    assert first(*plain, *shots(ProbeName.REPEAT, "c" * 8, recipe=1)) == (Code.ONE_SEED, None)
    assert first(*plain, *shots(ProbeName.REPEAT, "cd", recipe=1))[0] != Code.ONE_SEED
