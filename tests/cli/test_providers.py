"""``harness providers --explain NAME``: every word of the vocabulary, for kinds and for configured providers."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from harness.provider import LEFT_OUT, explain, registry
from harness.provider.explanation import VOCABULARY
from harness.provider.local.painter import PainterOptions

Harness = Callable[..., Any]

CONFIG = """\
[providers.studio]
kind = "command"
argv = ["studio", "{prompt}", "{seed}", "--quality={quality}", "{out}"]
price = 0.02

[providers.mini]
kind = "openrouter"
price = 0.5

[providers.reader]
kind = "painter"
interpreter = {kind = "llm", model = "m", base_url = "http://127.0.0.1:1/v1"}

[providers.wrong]
kind = "command"
"""


@pytest.fixture
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OPENROUTER_API_KEY", raising=False)
    Path("harness.toml").write_text(CONFIG)


def explained(harness: Harness, name: str) -> tuple[dict[str, Any], dict[tuple[str, str], dict[str, Any]]]:
    done = harness("providers", "--explain", name, "--json")
    assert done.code == 0, done.err
    reported = json.loads(done.out)
    return reported, {(tier["setting"], tier["value"]): tier for tier in reported["vocabulary"]}


def test_a_configured_provider(configured: None, harness: Harness, snapshot: SnapshotAssertion) -> None:
    assert harness("providers", "--explain", "studio") == snapshot
    Path("other.toml").write_text(CONFIG.replace("0.02", "0.03"))
    reported = json.loads(harness("providers", "--explain", "studio", "--config", "other.toml", "--json").out)
    assert (reported["promises"]["price"], reported["promises"]["seed"]) == (0.03, "best-effort")


def test_the_price_of_the_options_is_that_of_every_quality(configured: None, harness: Harness) -> None:
    _, tiers = explained(harness, "mini")
    assert {tier["cost"] for (word, _), tier in tiers.items() if word == "quality"} == {0.5}
    reported, tiers = explained(harness, "reader")
    assert reported["promises"]["seed"] == "best-effort"
    assert "cost" not in tiers["quality", "hd"]


def test_the_painter_is_measured_now(harness: Harness) -> None:
    _, tiers = explained(harness, "painter")
    assert all(tiers["quality", quality]["seconds"] > 0 for quality in ("draft", "standard", "hd"))
    assert tiers["quality", "draft"]["cost"] == 0


@pytest.mark.parametrize("kind", [name for name, entry in registry().items() if entry.origin == "built in"])
def test_every_kind_tells_every_word_or_says_that_it_must_be_configured(kind: str, harness: Harness) -> None:
    if kind == "painter":
        return  # measured above
    reported, tiers = explained(harness, kind)
    if "promises" in reported:
        assert {word for word, _ in tiers} >= set(VOCABULARY)
    assert reported["summary"]
    assert harness("providers", "--explain", kind).code == 0


@pytest.mark.parametrize("kind", [name for name, entry in registry().items() if entry.origin == "built in"])
def test_it_reads_well_in_eighty_columns(kind: str, harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    # its speed is measured above
    monkeypatch.setattr("harness.provider.local.painter.PainterOptions.measured", PainterOptions.vocabulary)
    shown = harness("providers", "--explain", kind).out
    assert max(map(len, shown.splitlines())) <= 80
    reported = explain(kind)
    words = {word for text in (*reported.options, *reported.options.values(), *reported.notes) for word in text.split()}
    assert words <= set(shown.split())
    letters = "".join(shown.split())
    assert all(tier.value.replace(" ", "") in letters for tier in reported.vocabulary if " " not in tier.value)


def test_the_matrix_fits_eighty_columns(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    shown = harness("providers").out
    assert max(map(len, shown.splitlines())) <= 80
    assert {line.split()[0] for line in shown.partition("\n\n")[0].splitlines()} >= set(registry())
    assert "…" not in shown


@pytest.mark.parametrize("name", ["wrong", "studoi"])
def test_wrong_names_and_options(configured: None, harness: Harness, snapshot: SnapshotAssertion, name: str) -> None:
    done = harness("providers", "--explain", name)
    assert (done.code, done.err) == (2, snapshot)


def test_the_matrix_and_the_explanation_tell_the_same_price(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, harness: Harness
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("harness.provider.local.painter.PainterOptions.measured", PainterOptions.vocabulary)
    rows = {line.split()[0]: line for line in harness("providers").out.partition("\n\n")[0].splitlines()}
    assert "from $0.005 " in rows["openrouter"]
    assert " free " in rows["painter"]
    for row in json.loads(harness("providers", "--json").out)["providers"]:
        if "price" not in row:
            continue
        reported, tiers = explained(harness, row["kind"])
        assert reported["promises"].get("price_from") == row["price_from"]
        costs = [tier["cost"] for (word, _), tier in tiers.items() if word == "quality" and "cost" in tier]
        assert row["price_from"] is None or not costs or row["price_from"] == min(costs)
        headline = harness("providers", "--explain", row["kind"]).out.splitlines()[1].partition(" · ")[2]
        assert headline.removeprefix("price ").removesuffix(" an image") in rows[row["kind"]]


def test_a_price_is_that_of_the_configured_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, harness: Harness
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("harness.toml").write_text(
        '[providers.known]\nkind = "gemini"\n\n[providers.other]\nkind = "gemini"\nmodel = "gemini-of-tomorrow"\n'
    )
    reported, tiers = explained(harness, "known")
    assert reported["promises"]["price_from"] == tiers["size", "longer side up to 1024"]["cost"]
    reported, tiers = explained(harness, "other")
    assert reported["promises"].get("price_from") is None
    assert not any("cost" in tier for tier in tiers.values())
    assert "price unknown" in harness("providers", "--explain", "other").out


def test_models_that_end_are_listed(configured: None, harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.provider.ending._today", lambda: date(2026, 11, 27))
    rows = {row["kind"]: row for row in json.loads(harness("providers", "--json").out)["providers"]}
    [ending] = rows["openrouter"]["endings"]
    assert (ending["model"], ending["day"]) == ("openai/gpt-5-image-mini", "2026-12-01")
    assert ending["replacement"] == "google/gemini-3.1-flash-image"
    assert rows["openai"]["endings"] == rows["gemini"]["endings"] == []
    assert rows["openai"]["price_table"]["days"] >= 0
    assert "endings" not in rows["painter"]
    reported, _ = explained(harness, "mini")
    assert [one["model"] for one in reported["endings"]] == ["openai/gpt-5-image-mini"]
    shown = " ".join(harness("providers").out.split())
    assert "openai/gpt-5-image-mini ends in 4 days" in shown


WORDS = """\
suite: words
provider: gpt
providers:
  gpt: {kind: openai, model: gpt-image-1-mini}
  nano: {kind: gemini}
defaults: {size: 1024x1024, moderation: low, n: 4, drift: set, samples: 8, output_compression: 70}
cases:
  - {id: fox, prompt: a fox, format: jpeg, quality: draft}
  - {id: other, provider: nano, prompt: a fox}
  - {id: third, prompt: a fox, model: dall-e-3}
"""


def test_how_each_word_is_treated_that_a_suite_asks_for(configured: None, harness: Harness) -> None:
    Path("words.yaml").write_text(WORDS)

    def asked(name: str) -> dict[tuple[str, str, str], str]:
        done = json.loads(harness("providers", "--explain", name, "--suite", "words.yaml", "--json").out)
        return {(one["word"], one["value"], one.get("model", "")): one["means"] for one in done["asked"]}

    gpt, nano = asked("gpt"), asked("nano")
    assert gpt["quality", "draft", "gpt-image-1-mini"].startswith("quality: low")
    assert gpt["n", "4", "gpt-image-1-mini"].startswith("n: so many samples")
    assert gpt["n", "4", "dall-e-3"] == gpt["moderation", "low", "dall-e-3"] == LEFT_OUT
    assert {nano[key] for key in nano if key[0] in ("n", "moderation", "output_compression")} == {LEFT_OUT}
    assert ("quality", "draft", "") not in nano
    shown = harness("providers", "--explain", "gpt", "--suite", "words.yaml")
    assert (shown.code, "output_compression" in shown.out, "dall-e-3" in shown.out) == (0, True, True)
    assert harness("providers", "--explain", "painter", "--suite", "words.yaml").code == 2
    assert harness("providers", "--suite", "words.yaml").code == 2
