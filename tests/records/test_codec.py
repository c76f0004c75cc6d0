import json
import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.records import (
    Comparison,
    Finding,
    ImageRef,
    InputImage,
    Measurement,
    Outcome,
    Reason,
    Recipe,
    Request,
    RunRecord,
    Subject,
    TrialKey,
    TrialResult,
    canonical_json,
    decode_json,
    digest_of,
    encode_json,
    from_json,
    to_json,
)
from harness.vocabulary import CheckOutcome, Code, Status, Verdict

TEXT = st.text(max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
DIGESTS = st.integers(0, 2**256 - 1).map(lambda number: f"{number:064x}")
HASHES = st.integers(0, 2**64 - 1).map(lambda number: f"{number:x}")
NAMES = st.lists(st.sampled_from(["images", "x.png", "at 12:30.png", "...", "é"]), max_size=3).map("/".join)
KEYS = st.builds(TrialKey, TEXT, TEXT, TEXT, st.none() | st.integers(0, 2**64 - 1))
IMAGES = st.builds(
    ImageRef, NAMES, DIGESTS, DIGESTS, st.integers(1, 9), st.integers(1, 9), TEXT, st.dictionaries(TEXT, HASHES)
)
RECIPES = st.builds(
    Recipe,
    st.builds(
        Request,
        prompt=TEXT,
        seed=st.none() | st.integers(),
        input_image=st.none() | st.builds(InputImage, TEXT, DIGESTS),
    ),
    st.builds(Subject, TEXT, TEXT, st.none() | TEXT, st.dictionaries(TEXT, JSON, max_size=3)),
)
BLOCKS = st.lists(st.tuples(*[st.integers(0, 99)] * 4), max_size=2).map(tuple)
COMPARISONS = st.builds(
    Comparison,
    st.dictionaries(
        TEXT,
        st.builds(Measurement, st.none() | st.booleans() | st.floats(allow_nan=False), st.none() | TEXT),
        max_size=3,
    ),
    blocks=BLOCKS,
)
REASONS = st.sampled_from(Code).flatmap(
    lambda code: st.builds(Reason, st.just(code), st.fixed_dictionaries(dict.fromkeys(code.fields, JSON)))
)
REASONED = st.lists(REASONS, max_size=2).map(tuple)
RESULTS = st.builds(
    TrialResult,
    key=KEYS,
    recipe=RECIPES,
    outcome=st.builds(Outcome, st.sampled_from(Verdict), st.sampled_from(Status), REASONED, REASONED),
    image=st.none() | IMAGES,
    environment=st.dictionaries(TEXT, st.booleans() | TEXT, max_size=2),
    comparison=st.none() | COMPARISONS,
    findings=st.lists(st.builds(Finding, TEXT, st.sampled_from(CheckOutcome), TEXT, BLOCKS), max_size=2).map(tuple),
    cost=st.none() | st.floats(0, 9),
)


@given(RESULTS)
def test_a_result_survives_the_way_to_json_and_back(result: TrialResult) -> None:
    assert from_json(TrialResult, to_json(result)) == result
    assert decode_json(TrialResult, encode_json(result)) == result
    assert json.loads(encode_json(result)) == to_json(result)


@given(st.dictionaries(TEXT, JSON))
def test_canonical_json_does_not_depend_on_order(value: dict[str, object]) -> None:
    assert canonical_json(value) == canonical_json(dict(reversed(value.items())))


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_what_is_no_json_is_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        canonical_json({"a": bad})


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"run": "r"}, "required field `suites`"),
        ({"run": 3, "suites": [], "started": "", "version": ""}, r"Expected `str`, got `int` - at `\$\.run`"),
        ({"run": "r", "suites": ["a", 1], "started": "", "version": ""}, r"`str`.* at `\$\.suites\[1\]`"),
        (
            {"run": "r", "suites": [], "started": "", "version": "", "seconds": True},
            r"`float`, got `bool` - at `\$\.seconds`",
        ),
        ([], "Expected `object`"),
    ],
)
def test_nonsense_is_named(data: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        from_json(RunRecord, data)


def test_unknown_keys_of_a_newer_version_are_left_aside() -> None:
    assert from_json(TrialKey, {"suite": "s", "case": "c", "invented": 1}) == TrialKey("s", "c")


def test_a_recipe_digest_is_the_same_in_every_process() -> None:
    code = (
        "from harness.records import *;"
        "print(Recipe(Request('x', seed=1), Subject('p', 'k', settings={'b': 1, 'a': [2.5, None]})).digest)"
    )
    runs = {subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout for _ in range(2)}
    assert len(runs) == 1


@given(RECIPES, TEXT)
def test_the_path_of_an_input_image_is_not_part_of_the_recipe(recipe: Recipe, path: str) -> None:
    image = recipe.request.input_image
    if image is not None:
        from dataclasses import replace

        moved = replace(recipe, request=replace(recipe.request, input_image=InputImage(path, image.digest)))
        assert moved.digest == recipe.digest
    assert replace_seed(recipe).digest != recipe.digest
    assert digest_of(recipe) == digest_of(recipe)


def replace_seed(recipe: Recipe) -> Recipe:
    from dataclasses import replace

    return replace(recipe, request=replace(recipe.request, seed=(recipe.request.seed or 0) + 1))


class Version(str):
    """A text with a method of its own, as libraries have them."""


@pytest.mark.parametrize(
    ("value", "text"),
    [(Version("2.13"), '{"a":"2.13"}'), (np.float64(0.5), '{"a":0.5}'), (True, '{"a":true}')],
)
def test_subclasses_of_plain_values_are_written_as_these(value: object, text: str) -> None:
    assert encode_json({"a": value}).decode() == text
    assert canonical_json({"a": value}) == text
