"""Prices: dated, with their source, and never guessed; sizes and refusals beside them."""

from datetime import date
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.provider.hosted.geometry import nearest_aspect, nearest_size, resolution
from harness.provider.remote.pricing import Rates, Tokens, cost_of, estimate, rates_of, tables
from harness.provider.remote.refusal import first_line, names_policy, refuses

VENDORS = ("openai", "openrouter", "gemini")


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_price_is_dated_and_has_its_page(vendor: str) -> None:
    assert tables(vendor)
    for model, rates in tables(vendor).items():
        assert rates.model == model
        assert date.fromisoformat(rates.date) <= date.today()
        assert urlsplit(rates.source).scheme == "https"
        assert rates.tokens or rates.images or rates.ends
        assert set(rates.tokens) <= {"text_in", "image_in", "text_out", "image_out"}
        numbers = [*rates.tokens.values(), *(price for sizes in rates.images.values() for price in sizes.values())]
        assert all(0 < number < 1000 for number in numbers)
        assert rates.ends is None or (date.fromisoformat(rates.ends) and urlsplit(rates.ends_source).scheme == "https")
        assert rates.replacement != model


def test_a_snapshot_costs_what_its_model_costs() -> None:
    assert rates_of("openai", "gpt-image-2-2026-04-21") is rates_of("openai", "gpt-image-2")
    assert rates_of("gemini", "gemini-3.1-flash-image-preview") is rates_of("gemini", "gemini-3.1-flash-image")
    assert rates_of("openai", "gpt-image-9") is None


RATES = Rates("m", "2026-01-01", "https://example.org", {"text_in": 2.0, "image_out": 8.0}, {"low": {"1x1": 0.1}})


def test_costs() -> None:
    assert cost_of(RATES, Tokens(text_in=1_000_000, image_out=500_000)) == 6.0
    assert cost_of(RATES, Tokens(text_in=10, image_in=1)) is None, "one kind has no price"
    assert cost_of(RATES, Tokens()) is None, "nothing was counted"
    assert cost_of(None, Tokens(text_in=1)) is None
    assert cost_of(RATES, None) is None


def test_estimates() -> None:
    rates = Rates("m", "2026-01-01", "https://example.org", {}, {"low": {"1x1": 0.1}, "high": {"1x1": 0.4, "2x2": 0.9}})
    assert estimate(rates, "low", "1x1") == 0.1
    assert estimate(rates, None, "1x1") == 0.4
    assert estimate(rates, "low", "2x2") is None
    assert estimate(rates, "max", "1x1") is None
    assert estimate(None, "low", "1x1") is None
    anyway = Rates("m", "2026-01-01", "https://example.org", {}, {"any": {"1K": 0.2}})
    assert estimate(anyway, "hd", "1K") == 0.2


@given(st.integers(1, 16384), st.integers(1, 16384))
def test_shapes(width: int, height: int) -> None:
    ratios = ("1:1", "16:9", "9:16", "21:9")
    found = nearest_aspect(width, height, ratios)
    turned = nearest_aspect(height, width, ("1:1", "9:16", "16:9", "9:21"))
    assert turned == ":".join(reversed(found.split(":")))
    assert resolution(width, height, ((1024, "1K"), (2048, "2K"))) == ("1K" if max(width, height) <= 1024 else "2K")


def test_sizes_of_one_shape_are_chosen_by_area() -> None:
    assert nearest_size(300, 300, ("256x256", "512x512", "1024x1024")) == "256x256"
    assert nearest_size(1000, 500, ("1024x1024", "1536x1024", "1024x1536")) == "1536x1024"


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't create that image.",
        "I’m unable to generate images of real people.",
        "I cannot help with that request.",
        "This request violates our content policy.",
        "That goes against our guidelines, so I won't generate it.",
        "Your request was rejected by the safety system.",
    ],
)
def test_refusals_are_known(text: str) -> None:
    assert refuses(text)


@pytest.mark.parametrize(
    "text",
    ["", "Here is your image!", "Which style would you like?", "Two red circles on white.", "The can is red."],
)
def test_other_words_are_no_refusals(text: str) -> None:
    assert not refuses(text)


def test_an_error_that_names_no_policy_is_no_refusal() -> None:
    assert not names_policy("We cannot generate images of this size")
    assert not names_policy("The value violates the schema")
    assert names_policy("Your prompt violates our usage policies")
    assert names_policy("The input was flagged.")


def test_a_first_line() -> None:
    assert first_line("\n  a   b \nc") == "a b"
    assert first_line("") == ""
    assert len(first_line("x" * 500)) == 200
