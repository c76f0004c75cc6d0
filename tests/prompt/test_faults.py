"""Prompts that cannot be generated, and prompts that are generated otherwise than written: an error or a recorded
step."""

import pytest

from harness.prompt import (
    MAX_PROMPT,
    EmptyPromptError,
    NothingToGenerateError,
    PromptContradictionError,
    PromptError,
    PromptTooLongError,
    TooManyThingsError,
    interpret,
)


@pytest.mark.parametrize("prompt", ["", "   ", "\n\t"])
def test_no_words(prompt: str) -> None:
    with pytest.raises(EmptyPromptError) as caught:
        interpret(prompt)
    assert caught.value.hint


def test_too_long() -> None:
    with pytest.raises(PromptTooLongError) as caught:
        interpret("a red circle " * 8000)
    assert (caught.value.length, caught.value.limit, caught.value.what) == (104000, MAX_PROMPT, "prompt")
    with pytest.raises(PromptTooLongError, match="negative prompt"):
        interpret("a circle", negative_prompt="x" * (MAX_PROMPT + 1))


def test_the_longest_prompt_is_read() -> None:
    prompt = "a red circle" + " and" * 997
    assert len(prompt) == MAX_PROMPT
    assert interpret(prompt).things[0].color == "red"


@pytest.mark.parametrize(
    ("prompt", "unknown"),
    [
        ("un cercle rouge", ("un cercle rouge",)),
        ("赤い丸を描いて", ("赤い丸を描いて",)),
        ("красный круг", ("красный круг",)),
        ("🦄🐉", ("🦄🐉",)),
        ("a purple elephant", ("purple elephant",)),
        ("red", ("red",)),
        ("no green", ()),
        ("...", ()),
    ],
)
def test_nothing_drawable(prompt: str, unknown: tuple[str, ...]) -> None:
    with pytest.raises(NothingToGenerateError) as caught:
        interpret(prompt)
    assert caught.value.unknown == unknown
    assert all(words in str(caught.value) for words in unknown)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("prompt", "count"),
    [("50 circles", 50), ("four circles and three squares", 7), ("twenty five circles", 25), ("a dozen hearts", 12)],
)
def test_more_than_one_image_holds(prompt: str, count: int) -> None:
    with pytest.raises(TooManyThingsError) as caught:
        interpret(prompt)
    assert (caught.value.count, caught.value.limit) == (count, 6)


def test_a_number_beyond_all_bounds() -> None:
    with pytest.raises(TooManyThingsError, match="more than a million"):
        interpret("9" * 300 + " circles")


@pytest.mark.parametrize(
    ("prompt", "negative"),
    [
        ("a red circle, no red", ""),
        ("a circle and no circles", ""),
        ("a red circle", "red"),
        ("the sun and no sun", ""),
        ("the sun on a white background, without yellow", ""),
        ("a circle on a blue background, no blue", ""),
        ("a circle left of a square. the square is left of the circle", ""),
        ("a circle above a square, the square is above a star, the star is above the circle", ""),
        ("a circle on the left and a square on the right. the square is left of the circle", ""),
        ("a circle inside a square. the square is inside the circle", ""),
        ("a circle next to a square. the circle is above the square", ""),
        ("a star between a circle and a square. the star is left of the circle. the star is left of the square", ""),
    ],
)
def test_wishes_that_exclude_each_other(prompt: str, negative: str) -> None:
    with pytest.raises(PromptContradictionError) as caught:
        interpret(prompt, negative_prompt=negative)
    assert caught.value.first
    assert caught.value.second
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("prompt", "words", "effect"),
    [
        ("a red blue square", "red blue", "a thing has one color: blue"),
        ("a small large square", "small large", "a thing has one size: large"),
        ("a red square. It is blue", "blue", "color of square was red: the later words count"),
        ("a cyan ball", "cyan", "generated as blue"),
        ("a cyan ball", "ball", "generated as circle"),
        ("a dark green tree", "dark green", "generated as green"),
        ("a gray square", "gray", "black instead: things cannot be gray"),
        ("a square on a red background", "a red background", "generated on pink: backgrounds are not generated in red"),
        ("two suns over the sea", "two suns", "one sun is generated"),
        ("a red moon", "red", "the moon keeps its own color and size"),
        ("🔴", "🔴", "read as red circle"),
        ("a circle in the sun", "in the sun", "nothing can be placed inside the sun"),
        ("a tree, no brown", "tree", "its trunk stays brown"),
        ("a circle at dawn", "dawn", "generated as sunset"),
        (
            "a tree on the hills, no blue",
            "hills",
            "hills by day would show blue, which is forbidden: plain white",
        ),
    ],
)
def test_generated_otherwise_with_a_step(prompt: str, words: str, effect: str) -> None:
    steps = [(step.words, step.effect) for step in interpret(prompt).steps if step.kind == "adjust"]
    assert (words, effect) in steps


def test_every_fault_tells_what_to_do() -> None:
    for prompt in ("", "x" * 5000, "dragon", "50 circles", "a red circle, no red"):
        with pytest.raises(PromptError) as caught:
            interpret(prompt)
        assert caught.value.hint
        assert "\n" not in str(caught.value)
