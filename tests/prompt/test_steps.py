"""The steps of an interpretation: in reading order, with the user's words, and nothing decided in silence."""

import itertools

import pytest

from harness.prompt import GrammarInterpreter, Interpreter, explain, interpret
from harness.prompt.scene import Absence


def test_steps_say_what_was_read_and_what_was_assumed() -> None:
    scene = interpret("two red circles to the left of a square, no stars")
    assert [(s.kind, s.words, s.effect) for s in scene.steps] == [
        ("read", "two red circles", "things += 2 red circles"),
        ("read", "a square", "things += square"),
        ("read", "to the left of a square", "2 red circles left_of square"),
        ("read", "no stars", "absent += star, stars"),
        ("assume", "background", "not described: plain white"),
        ("assume", "square", "color not given: blue"),
    ]
    assert scene.absent == (Absence("star"), Absence("stars"))


def test_words_keep_the_case_in_which_they_were_written() -> None:
    assert interpret("A Crimson DRAGON and a Red Circle").unknown == ("Crimson DRAGON",)


@pytest.mark.parametrize(
    ("prompt", "possible"),
    [
        ("three or four circles", {3, 4}),
        ("two to five circles", {2, 3, 4, 5}),
        ("2-4 circles", {2, 3, 4}),
        ("a few circles", {2, 3, 4}),
        ("up to three circles", {1, 2, 3}),
        ("between two and four circles", {2, 3, 4}),
    ],
)
def test_the_seed_chooses_within_a_range(prompt: str, possible: set[int]) -> None:
    counts = {seed: interpret(prompt, seed=seed).things[0].count for seed in range(40)}
    assert set(counts.values()) == possible
    assert counts == {seed: interpret(prompt, seed=seed).things[0].count for seed in range(40)}
    assert "chosen by seed 7" in " ".join(step.effect for step in interpret(prompt, seed=7).steps)


def test_the_seed_chooses_between_alternatives() -> None:
    colors = {interpret("a red or blue square", seed=seed).things[0].color for seed in range(20)}
    shapes = {interpret("a green square or a large circle", seed=seed).things[0].shape for seed in range(20)}
    assert colors == {"red", "blue"}
    assert shapes == {"square", "circle"}


def test_the_seed_changes_nothing_else() -> None:
    prompt = "a house between two trees at night, all small; no red"
    assert interpret(prompt, seed=0) == interpret(prompt, seed=2**63)


def test_a_choice_is_pinned() -> None:
    """Kept for ever: another mixing would silently change images of seeded prompts."""
    counts = [interpret("three or four red circles", seed=seed).things[0].count for seed in range(10)]
    assert counts == PINNED


PINNED = [4, 4, 4, 3, 4, 4, 3, 3, 4, 4]


@pytest.mark.parametrize(
    ("time", "color"), [("at night", "yellow"), ("by day", "red"), ("at sunset", "red"), ("", "red")]
)
def test_conditionals_follow_the_rest_of_the_prompt(time: str, color: str) -> None:
    scene = interpret(f"a house on the hills {time}. If it's night, make the house yellow; otherwise red.")
    assert scene.things[0].color == color
    assert any(step.words.lower().startswith("if it's night") for step in scene.steps)


@pytest.mark.parametrize("order", list(itertools.permutations(["a circle", "a star", "the moon"])))
def test_things_keep_the_order_in_which_they_are_named(order: tuple[str, ...]) -> None:
    assert [t.shape for t in interpret(" and ".join(order)).things] == [name.split()[1] for name in order]


def test_explanation_as_text() -> None:
    lines = explain(interpret("A crimson ball, no, two balls left of a box on the beach, with a dragon"))
    assert lines == [
        "A ball no two balls  → correction: A ball → two balls",
        "balls                → generated as circle  (adjusted)",
        "two crimson balls    → things += 2 red circles",
        "box                  → generated as square  (adjusted)",
        "a box                → things += square",
        "left of a box        → 2 red circles left_of square",
        "beach                → generated as sea  (adjusted)",
        "beach                → background = sea",
        "sea                  → no time named: day  (assumed)",
        "square               → color not given: blue  (assumed)",
        "sea by day           → things += sun  (assumed)",
        "",
        "scene: Two red circles to the left of a blue square; the sun. The sea by day.",
        "not understood: 'dragon'",
    ]


def test_the_grammar_is_an_interpreter() -> None:
    grammar = GrammarInterpreter()
    assert isinstance(grammar, Interpreter)
    assert (grammar.name, grammar.version) == ("grammar", "4")
    assert grammar.interpret("a circle") == interpret("a circle")
