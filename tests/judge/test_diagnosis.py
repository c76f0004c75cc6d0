"""From generations to what they mean, without any generation."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.judge import (
    Observation,
    ParameterObservation,
    ProbeObservations,
    broken_promises,
    cache_evidence,
    diagnose,
    diagnose_provider,
    with_instant,
)
from harness.records import Reason, TrialKey, from_json, to_json
from harness.vocabulary import LEVELS, Code, Level, ProbeName

KEY = TrialKey("suite", "case", seed=0)


HIT = Reason(Code.CACHE_HIT)
DOWN = (Reason(Code.ERROR, {"problem": "no service", "hint": ""}),)


def shot(probe: str, pixels: str = "a", recipe: int = 0, setting: str = "", *, again: bool = False) -> Observation:
    """A generation; ``a`` is the reference of every recipe."""
    same = pixels == "a"
    level = Level.BYTES if same else Level.LSB
    far = 0.0 if same else 1.0
    return Observation(probe, recipe, setting, again, pixels, pixels, level, far, far, 1.0)


def seen(*observations: Observation, **given: object) -> ProbeObservations:
    return replace(ProbeObservations(KEY, observations), **given)  # type: ignore[arg-type]


def repeats(text: str) -> list[Observation]:
    return [shot("repeat", letter) for letter in text]


@pytest.mark.parametrize(
    ("generated", "kind", "modes"),
    [
        ("aaaaaa", "one", (6,)),
        ("aaabaa", "several", (5, 1)),
        ("aabbcc", "several", (2, 2, 2)),
        ("abcdef", "continuous", (1, 1, 1, 1, 1, 1)),
        ("a", "one", (1,)),
        ("", None, ()),
    ],
)
def test_modes(generated: str, kind: str | None, modes: tuple[int, ...]) -> None:
    trial = diagnose(seen(*repeats(generated)))
    assert (trial.kind, trial.modes) == (kind, modes)
    assert (trial.level is None) == (len(generated) < 2)


def test_a_cause_is_named_when_all_else_is_equal() -> None:
    odd = shot("threads", "b", setting="2 threads")
    trial = diagnose(seen(*repeats("aaa"), shot("restart"), shot("threads", setting="1 thread"), odd))
    assert (trial.level, trial.elsewhere) == ("bytes", "lsb")
    data = {"probe": "threads", "differing": 1, "images": 2, "max_abs": 1.0, "settings": ["2 threads"]}
    assert diagnose_provider("mine", [trial]).causes == (Reason(Code.DEPENDS, data), Reason(Code.REST_EQUAL))


@pytest.mark.parametrize(
    ("observations", "probe", "outcome"),
    [
        ([*repeats("ab"), shot("restart", "c")], "restart", "unclear"),
        ([*repeats("aabb"), shot("restart", "b")], "restart", "equal"),
        ([*repeats("aa"), shot("restart", "b"), shot("threads", "b")], "threads", "unclear"),
        ([*repeats("aa"), shot("order", "b"), shot("batch", "b")], "batch", "unclear"),
        ([*repeats("aa"), shot("batch", "b"), shot("batch", again=True)], "batch", "unclear"),
        ([*repeats("aa"), shot("batch", "b"), shot("batch", "b", again=True)], "batch", "differs"),
        ([*repeats("aa"), shot("order", "b")], "order", "differs"),
        ([*repeats("aa")], "order", "skipped"),
        ([*repeats("a"), shot("restart", "b")], "restart", "unclear"),
    ],
)
def test_what_a_difference_can_be_put_down_to(observations: list[Observation], probe: str, outcome: str) -> None:
    readings = {reading.probe: reading for reading in diagnose(seen(*observations)).readings}
    assert readings[probe].outcome == outcome


def test_a_repeat_that_differs_later_takes_the_cause_away() -> None:
    """While a batch was being confirmed, a plain repeat came out differently: the batch is not to blame."""
    observations = [*repeats("aaaaaa"), shot("batch", "b"), shot("repeat", "b", again=True), shot("batch", again=True)]
    trial = diagnose(seen(*observations))
    assert trial.modes == (6, 1)
    [cause] = diagnose_provider("mine", [trial]).causes
    assert (cause.code, cause.data["modes"]) == (Code.MODES, [6, 1])


@pytest.mark.parametrize(
    ("leads", "fresh", "kind", "modes"),
    [
        (True, "ba", "one", (3,)),
        (True, "aa", "several", (3, 1)),
        (False, "ba", "several", (3, 1)),
        (True, "", "several", (3, 1)),
    ],
)
def test_an_odd_first_image(leads: bool, fresh: str, kind: str, modes: tuple[int, ...]) -> None:
    """It is a matter of being first only where a fresh process shows the same."""
    anew = [shot("first", fresh[0]), shot("restart", fresh[1])] if fresh else []
    trial = diagnose(seen(*repeats("baaa"), *anew, leads=leads))
    assert (trial.kind, trial.modes) == (kind, modes)


def test_seeds_of_a_noisy_provider_need_enough_images() -> None:
    def noisy(probe: str, distance: float, recipe: int = 0) -> Observation:
        return Observation(
            probe, recipe, "", False, str((probe, distance)), str(distance), Level.NONE, 9.0, distance, 1.0
        )

    reference = [shot("repeat")]
    near = [noisy("repeat", distance) for distance in (1.0, 1.1, 1.2, 1.3)]
    far = [noisy("seed", distance, recipe) for recipe, distance in enumerate((5.0, 6.0, 7.0), 1)]
    mixed = [noisy("seed", distance, recipe) for recipe, distance in enumerate((1.05, 6.0, 7.0), 1)]
    assert diagnose(seen(*reference, *near, *far)).seed.outcome == "honored"
    assert diagnose(seen(*reference, *near, *mixed)).seed.outcome == "ignored"
    assert diagnose(seen(*reference, near[0], *far[:1])).seed.outcome == "unknown"


def test_seeds_that_make_no_difference() -> None:
    same = [shot("seed", recipe=1), shot("seed", recipe=2)]
    assert diagnose(seen(*repeats("aa"), *same)).seed.outcome == "ignored"
    assert diagnose(seen(*repeats("aa"), *same, shot("prompt", "b"))).seed.outcome == "ignored"
    assert diagnose(seen(*repeats("aa"), *same, shot("prompt"))).seed.outcome == "constant"
    hits = [replace(observation, cached=HIT) for observation in same]
    assert diagnose(seen(*repeats("aa"), *hits)).seed.outcome == "cached"
    assert diagnose(seen(*repeats("aa"), *same, omitted=("seed",))).seed.evidence == (Reason(Code.SEED_LEFT_OUT),)
    assert diagnose(seen(*repeats("aa"), seeded=False)).seed.outcome == "not seeded"


@pytest.mark.parametrize(
    ("values", "pixels", "steady", "outcome"),
    [
        ((8, 4, 16), ("a", "b", "c"), True, "honored"),
        ((8, 4, 16), ("a", "b", "a"), True, "clamped"),
        ((8, 4, 16), ("a", "a", "a"), True, "ignored"),
        ((None, 4, 16), ("a", "a", "c"), True, "honored"),
        ((None, 4, 16), ("a", "b", "b"), True, "ignored"),
        ((None, "draft"), ("a", "a"), True, "ignored"),
        ((8, 4, 16), ("a", "b", "c"), False, "unknown"),
        ((8, 4, 16), ("a", "", ""), True, "unknown"),
    ],
)
def test_settings(values: tuple[object, ...], pixels: tuple[str, ...], steady: bool, outcome: str) -> None:
    parameter = ParameterObservation("steps", values, pixels)
    trial = diagnose(seen(*repeats("aa" if steady else "ab"), parameters=(parameter,)))
    assert [one.outcome for one in trial.parameters] == [outcome]


@pytest.mark.parametrize(
    ("source", "reply", "cost", "price", "reported"),
    [
        ("generated", {}, None, None, None),
        ("generated", None, 0.0, 0.0, None),
        ("generated", {"cache": "MISS", "usage": {"tokens": 4}}, 0.01, 0.01, None),
        ("generated", {"usage": {}}, None, None, None),
        ("generated", {"usage": {"cached": True}}, None, None, None),
        ("cache", {}, None, None, Reason(Code.CACHE_SOURCE, {"source": "cache"})),
        ("replay", {}, None, None, Reason(Code.CACHE_SOURCE, {"source": "replay"})),
        ("generated", {"cache": "hit from edge"}, None, None, HIT),
        ("generated", {"cache": True}, None, None, HIT),
        ("generated", {"usage": {"in": 0, "details": {"image": 0}}}, None, None, Reason(Code.CACHE_USAGE)),
        ("generated", {}, 0.0, 0.02, Reason(Code.CACHE_FREE)),
    ],
)
def test_evidence_of_a_cache(
    source: str, reply: object, cost: float | None, price: float | None, reported: Reason | None
) -> None:
    assert cache_evidence(source, {} if reply is None else {"reply": reply}, cost, price) == reported


def test_known_bytes_that_come_impossibly_quickly() -> None:
    def timed(data: str, seconds: float) -> Observation:
        return Observation("repeat", pixels=data, data=data, level=Level.BYTES, seconds=seconds)

    quick = with_instant([timed("a", 0.5), timed("a", 0.001), timed("b", 0.4), timed("b", 0.3)])
    assert [bool(observation.cached) for observation in quick] == [False, True, False, False]
    warm = with_instant([timed("a", 9.0), timed("a", 0.2), timed("b", 0.2)])
    assert not any(observation.cached for observation in warm), "slow only because it was the first"
    alone = with_instant([timed("a", 0.5), timed("a", 0.001)])
    assert not any(observation.cached for observation in alone), "one fresh image shows no usual time"
    busy = with_instant([timed("a", 2.0), timed("b", 2.5), *[timed("a", 1.8)] * 3, *[timed("b", 0.1)] * 2])
    assert not any(observation.cached for observation in busy), "a cache is quick every time"
    program = [timed("a", 1.4), *[timed("a", 0.3)] * 8, timed("a", 0.9), *(timed(one, 1.3) for one in "bcde")]
    assert [bool(one.cached) for one in with_instant(program)] == [False] + [True] * 9 + [False] * 4
    few = [timed("a", 1.4), timed("a", 0.3), timed("b", 1.3)]
    assert not any(one.cached for one in with_instant(few)), "an order by chance"
    instant = with_instant([timed("a", 0.001), timed("a", 0.00001), timed("b", 0.001)])
    assert not any(observation.cached for observation in instant), "too quick to tell"


def test_promises() -> None:
    lsb = diagnose_provider("mine", [diagnose(seen(*repeats("aab"), shot("seed", "c", 1)))])
    assert broken_promises(lsb, "exact", frozenset(), {KEY: Level.PIXELS}) == [
        Reason(Code.PROMISE_EXACT, {"level": "lsb"}),
        Reason(Code.PROMISE_SUITE, {"case": "case", "promised": "pixels", "level": "lsb"}),
    ]
    assert broken_promises(lsb, "best-effort", frozenset({"seed"}), {KEY: Level.LSB}) == []
    here = diagnose_provider(
        "mine", [diagnose(seen(*repeats("aa"), shot("batch", "b"), shot("batch", "b", again=True)))]
    )
    assert broken_promises(here, "exact-per-environment", frozenset(), {KEY: Level.BYTES}) == []
    assert broken_promises(here, "exact", frozenset(), {}) != []
    unknown = diagnose_provider("mine", [diagnose(seen(*repeats("a")))])
    assert (unknown.conclusive, unknown.exact_here) == (False, False)
    assert unknown.causes == (Reason(Code.INCONCLUSIVE), Reason(Code.PROBE_ONE))


def test_a_provider_is_as_strong_as_its_weakest_trial() -> None:
    trials = [diagnose(seen(*repeats("aaa"))), diagnose(seen(*repeats("aab"))), diagnose(seen())]
    whole = diagnose_provider("mine", trials)
    assert (whole.level, whole.conclusive) == ("lsb", False)
    repeat = next(reading for reading in whole.readings if reading.probe == "repeat")
    assert (repeat.outcome, repeat.images, repeat.differing) == ("differs", 6, 1)
    with pytest.raises(ValueError, match="at least one trial"):
        diagnose_provider("mine", [])


OBSERVATIONS = st.builds(
    Observation,
    probe=st.sampled_from(
        [name for name in ProbeName if name not in (ProbeName.ENCODING, ProbeName.PARAMETERS, ProbeName.UNSEEDED)]
    ),
    recipe=st.integers(0, 3),
    again=st.booleans(),
    pixels=st.sampled_from(["", "a", "b", "c"]),
    data=st.sampled_from(["a", "b", "c"]),
    level=st.sampled_from([None, *LEVELS]),
    max_abs=st.none() | st.floats(0, 255),
    mae=st.none() | st.floats(0, 255),
    seconds=st.floats(0, 100),
    cached=st.sampled_from([None, None, HIT]),
    problem=st.sampled_from([(), (), DOWN]),
    refused=st.booleans(),
)


@given(st.lists(OBSERVATIONS, max_size=30), st.booleans(), st.booleans())
def test_whatever_is_seen_gives_a_diagnosis(observations: list[Observation], leads: bool, seeded: bool) -> None:
    """No observation is too odd; the same gives the same; a level is never stronger than the weakest image seen."""
    observed = seen(*observations, leads=leads, seeded=seeded)
    trial = diagnose(observed)
    assert trial == diagnose(from_json(ProbeObservations, to_json(observed)))
    whole = diagnose_provider("mine", [trial])
    assert whole.causes
    assert (trial.level is None) == bool(trial.problem)
    if whole.exact_here:
        assert trial.fresh >= 2
    if trial.level is not None and trial.elsewhere is not None:
        assert trial.level.at_least(trial.elsewhere)


def test_a_first_image_that_differs_is_counted_with_those_of_fresh_processes() -> None:
    trial = diagnose(seen(*repeats("baaa"), shot("first", "b"), shot("restart"), leads=True))
    readings = {reading.probe: reading for reading in trial.readings}
    first = readings[ProbeName.FIRST]
    assert (first.outcome, first.differing, first.images) == ("differs", 2, 2)
    assert readings[ProbeName.REPEAT].outcome == readings[ProbeName.RESTART].outcome == "equal"
    assert readings[ProbeName.ORDER].outcome == "skipped"


def test_two_equal_images_tell_whether_bytes_are_equal_too() -> None:
    def encoding(*observations: Observation) -> tuple[str, int, int]:
        [reading] = [one for one in diagnose(seen(*observations)).readings if one.probe == ProbeName.ENCODING]
        return reading.outcome, reading.images, reading.differing

    assert encoding(*repeats("aa")) == ("equal", 2, 0)
    assert encoding(*repeats("ab"))[0] == "skipped"
    assert encoding(*repeats("a"), replace(shot("repeat"), level=Level.PIXELS)) == ("differs", 2, 1)


def test_what_was_generated_aside_is_not_counted() -> None:
    aside = shot("aside")
    failed = Observation("repeat", problem=DOWN)
    trial = diagnose(seen(*repeats("aa"), aside, aside, aside, failed))
    assert (trial.generated, trial.fresh, trial.failed) == (2, 2, 1)


def test_a_seed_that_is_refused_is_said_where_images_come_without_one() -> None:
    failed = Observation("repeat", problem=DOWN)
    assert diagnose(seen(failed, failed)).seed.outcome == "unknown"
    rejected = diagnose(seen(failed, failed, shot("unseeded"))).seed
    assert rejected.outcome == "rejected"
    assert rejected.evidence[-1] == DOWN[0]
    assert diagnose(seen(failed, *repeats("aa"), shot("seed", "b"), shot("unseeded"))).seed.outcome == "honored"


def test_a_provider_that_repeats_has_the_worst_of_its_seeds() -> None:
    honored = diagnose(seen(*repeats("aa"), shot("seed", "b")))
    ignored = diagnose(seen(*repeats("aaa"), shot("seed")))
    pixels = diagnose(seen(*repeats("aa"), replace(shot("repeat"), level=Level.PIXELS), shot("seed", "b")))
    found = diagnose_provider("mine", [honored, ignored])
    assert found.seed == ignored.seed
    data = {"level": "bytes", "images": honored.fresh + ignored.fresh, "repeats": 5, "missed": 0.9**5, "span": 0.0}
    assert found.causes == (Reason(Code.SEED_LOST, {"outcome": "ignored"}), Reason(Code.STEADY, data))
    [alone] = diagnose_provider("mine", [honored]).causes
    assert alone == Reason(Code.STEADY, data | {"images": 3, "repeats": 2, "missed": pytest.approx(0.81)})
    assert [cause.code for cause in diagnose_provider("mine", [pixels]).causes] == [Code.STEADY, Code.ENCODING]


def test_a_probe_that_was_skipped_says_why() -> None:
    why = Reason(Code.PROBE_ALONE)
    readings = {one.probe: one for one in diagnose(seen(*repeats("aa"), skipped={ProbeName.BATCH: why})).readings}
    assert (readings[ProbeName.BATCH].outcome, readings[ProbeName.BATCH].why) == ("skipped", (why,))
    assert readings[ProbeName.THREADS].why == ()
    failed = Observation("batch", problem=DOWN)
    for observations, expected in (((), (why,)), ((failed,), DOWN)):
        trial = diagnose(seen(*repeats("aa"), *observations, stopped=why))
        assert {one.probe: one for one in trial.readings}[ProbeName.BATCH].why == expected


def test_a_setting_without_effect_breaks_a_promise_unless_the_provider_says_so() -> None:
    ignored = ParameterObservation("steps", (8, 4), ("a", "a"))
    said = ParameterObservation(
        "style",
        (8, 4),
        ("a", "a"),
        stated=Reason(Code.CLAMPED, {"provider": "p", "name": "style", "asked": 4, "got": 8}),
    )
    honored = ParameterObservation("size", (8, 4), ("a", "b"))
    trial = diagnose(seen(*repeats("aa"), parameters=(ignored, said, honored)))
    assert broken_promises(diagnose_provider("mine", [trial]), "exact", frozenset(), {}) == [
        Reason(Code.PROMISE_SETTING, {"name": "steps", "outcome": "ignored"})
    ]
