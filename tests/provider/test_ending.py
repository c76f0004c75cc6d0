"""Models that end: by the table, by the listing of a service, in a run, and when one is gone."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import GenerationError
from harness.provider import (
    Job,
    create,
    endings_of,
    listed_endings_of,
    soon,
    table_age,
    table_date,
    table_said,
    table_warning,
)
from harness.provider.ending import NOTICE, Ending, ended, ending_of
from harness.provider.hosted.gemini import DEFAULT_MODEL as GEMINI
from harness.provider.hosted.openai import DEFAULT_MODEL as OPENAI
from harness.provider.remote.listing import listed_endings
from harness.provider.remote.pricing import tables
from tests.provider.servers.base import Loopback, Received, reply
from tests.provider.servers.images import PROMPT, painted
from tests.provider.servers.openai import images_reply

Make = Callable[..., Job]
TODAY = date(2026, 11, 27)
PAGE = "https://example.org/models"
AT_OPENAI = "https://api.openai.com/v1"


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> Callable[[date], None]:
    def on(day: date) -> None:
        monkeypatch.setattr("harness.provider.ending._today", lambda: day)

    on(TODAY)
    return on


@dataclass(frozen=True)
class Spec:
    kind: str
    options: dict[str, Any] = field(default_factory=dict)
    name: str = "mine"
    root: str = ""


# the table


def test_a_model_that_ends_says_when_and_what_to_name_instead(today: Any) -> None:
    (found,) = endings_of(Spec("openai", {"model": "gpt-image-1-mini"}))
    assert (found.model, found.left(), found.replacement) == ("gpt-image-1-mini", 4, "gpt-image-2.6-flare")
    assert found.page.startswith("https://")
    assert "ends in 4 days" in str(found)
    assert "use `model: gpt-image-2.6-flare` instead" in str(found)
    assert [one.left() for one in endings_of(Spec("openai"), "gpt-image-1")] == [-35]
    today(date(2026, 12, 1))
    assert found.left() == 0
    assert "ended on 2026-12-01" in str(found)


def test_no_default_ends_but_the_documented_example(today: Any) -> None:
    today(table_date())
    assert endings_of(Spec("openai")) == endings_of(Spec("gemini")) == []
    (example,) = endings_of(Spec("openrouter"))
    assert (example.model, example.replacement) == ("openai/gpt-5-image-mini", "google/gemini-3.1-flash-image")
    for vendor in ("openai", "gemini", "openrouter"):
        for rates in tables(vendor).values():
            ending = soon(ending_of(vendor, rates.model))
            assert ending is None or soon(ending_of(vendor, ending.replacement)) is None, f"{ending} ends itself"
    assert OPENAI in tables("openai")
    assert GEMINI in tables("gemini")


def test_the_models_of_members_and_interpreters_are_looked_at() -> None:
    members = {"a": {"kind": "openai", "options": {"model": "gpt-image-1.5"}}, "b": {"kind": "painter", "options": {}}}
    route = Spec("route", {"over": ["a", "b"], "members": members})
    assert [one.model for one in endings_of(route)] == ["gpt-image-1.5"]
    reader = {"kind": "llm", "model": "gpt-5-mini", "base_url": AT_OPENAI}
    assert [one.model for one in endings_of(Spec("painter", {"interpreter": reader}))] == ["gpt-5-mini"]


def test_elsewhere_a_model_of_the_same_name_does_not_end() -> None:
    assert endings_of(Spec("openai", {"model": "gpt-image-1", "base_url": "http://127.0.0.1:4000/v1"})) == []
    assert endings_of(Spec("painter")) == []


def test_an_end_that_is_far_is_not_warned_of() -> None:
    assert soon(Ending("m", TODAY + timedelta(NOTICE + 1))) is None
    assert soon(Ending("m", TODAY + timedelta(NOTICE))) is not None
    assert soon(None) is None


@pytest.mark.parametrize(("days", "warned"), [(0, False), (729, False), (730, True), (-1, False), (-2, True)])
def test_an_old_table_or_one_of_a_day_to_come_is_warned_of(today: Any, days: int, warned: bool) -> None:
    today(table_date() + timedelta(days))
    assert table_age() == days
    assert (table_warning() is not None) == warned
    assert ("a day to come" in table_said()) == (table_age() < 0)


# listings


@pytest.mark.parametrize(
    ("row", "day"),
    [
        ({"shutdown_date": "2026-12-01"}, date(2026, 12, 1)),
        ({"expiration_date": "2026-12-11T00:00:00Z"}, date(2026, 12, 11)),
        ({"shutdown_date": int(datetime(2026, 12, 1, tzinfo=UTC).timestamp())}, date(2026, 12, 1)),
        ({"shutdown_date": None, "expiration_date": None}, None),
        ({"shutdown_date": "soon"}, None),
        ({}, None),
    ],
)
def test_a_listing_names_the_day(row: dict[str, Any], day: date | None) -> None:
    document = {"object": "list", "data": [{"id": "other"}, {"id": "m", "object": "model", **row}]}
    assert [one.day for one in listed_endings(document, ["m"], PAGE)] == ([] if day is None else [day])


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(("data", "id", "shutdown_date", "m")), inner),
    )
)
def test_a_listing_of_any_form_is_read(document: Any) -> None:
    assert isinstance(listed_endings(document, ["m"], PAGE), list)


class Listing(Loopback):
    """A service with a listing of models, and images."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        super().__init__(self.handle)
        self.rows = rows

    def handle(self, received: Received) -> Any:
        if received.path == "/v1/models":
            return reply({"object": "list", "data": self.rows})
        return images_reply(painted())


@pytest.fixture
def listing(monkeypatch: pytest.MonkeyPatch) -> Iterator[Listing]:
    monkeypatch.setenv("LISTING_KEY", "sk-a-key-0123456789abcdef")
    monkeypatch.setitem(__import__("harness.provider.ending", fromlist=["VENDORS"]).VENDORS, "127.0.0.1", "openai")
    with Listing([{"id": "gpt-image-2.6-flare", "shutdown_date": "2027-01-15"}]) as server:
        yield server


def spec_at(server: Loopback, **options: Any) -> Spec:
    return Spec("openai", {"base_url": f"{server.url}/v1", "api_key_env": "LISTING_KEY", **options})


def test_what_a_listing_ends_is_known_before_a_run(listing: Listing, monkeypatch: pytest.MonkeyPatch) -> None:
    (found,) = listed_endings_of(spec_at(listing))
    assert (found.model, found.day, found.page) == (
        "gpt-image-2.6-flare", date(2027, 1, 15), f"{listing.url}/v1/models",
    )  # fmt: skip
    assert [one.method for one in listing.requests] == ["GET"], "nothing is generated"
    listing.rows = [{"id": "gpt-image-1-mini", "shutdown_date": "2026-12-01"}]
    assert listed_endings_of(spec_at(listing, model="gpt-image-1-mini")) == (), "the table says the same"
    listing.rows = [{"id": "gpt-image-1-mini", "shutdown_date": "2026-12-20"}]
    (found,) = listed_endings_of(spec_at(listing, model="gpt-image-1-mini"))
    assert (found.day, found.replacement) == (date(2026, 12, 20), "gpt-image-2.6-flare")
    monkeypatch.delenv("LISTING_KEY")
    assert listed_endings_of(spec_at(listing)) == (), "without the key nothing is known"


def test_a_listing_that_does_not_answer_stops_nothing(listing: Listing, job: Make) -> None:
    listing.script(reply({"error": {"message": "no"}}, 404))
    provider = create("mine", "openai", spec_at(listing).options, Path())
    try:
        provider.ready()  # type: ignore[attr-defined]
        assert provider.endings == ()  # type: ignore[attr-defined]
        assert provider.generate(job(PROMPT)).data == painted()
    finally:
        provider.close()


# when it is gone


@pytest.mark.parametrize("status", [404, 410])
@pytest.mark.parametrize("model", ["gpt-image-1", "openai/gpt-image-1", "dall-e-3"])
def test_a_model_that_is_gone_names_its_replacement(listing: Listing, job: Make, status: int, model: str) -> None:
    listing.script(reply({"error": {"message": "The model does not exist", "code": "model_not_found"}}, status))
    options = {"base_url": f"{listing.url}/v1", "model": model}
    provider = create("mine", "openai-compatible", options, Path())
    try:
        with pytest.raises(GenerationError, match="ended on 2026") as caught:
            provider.generate(job(PROMPT))
    finally:
        provider.close()
    assert "`model: gpt-image-2.6-flare`" in caught.value.hint
    assert ended("gpt-image-2.6-flare") is None


# the tool

LITELLM = {
    "sample_spec": {"mode": "one of: chat, image_generation", "litellm_provider": "one of"},
    "gpt-image-9": {
        "litellm_provider": "openai", "mode": "image_generation", "input_cost_per_token": 5e-06,
        "output_cost_per_image_token": 3e-05, "source": "https://example.org/prices", "deprecation_date": "2030-01-01",
        "deprecation_source": "https://example.org/ends", "successor_model": "gpt-image-10",
    },
    "low/1024-x-1024/gpt-image-9": {
        "litellm_provider": "openai", "mode": "image_generation", "input_cost_per_image": 0.01,
    },
    "gemini/gemini-9-image": {
        "litellm_provider": "gemini", "mode": "image_generation", "output_cost_per_image_token": 6e-05,
        "deprecation_date": "2030-01-01", "successor_model": "gemini/gemini-10-image",
    },
    "gpt-image-1-mini": {"litellm_provider": "openai", "mode": "image_generation", "input_cost_per_token": 1.0},
    "azure/gpt-image-9": {"litellm_provider": "azure", "mode": "image_generation", "input_cost_per_token": 1.0},
    "whisper-9": {"litellm_provider": "openai", "mode": "audio_transcription", "input_cost_per_second": 1.0},
}  # fmt: skip


@pytest.mark.checkout
def test_the_table_is_made_from_litellms_file_and_the_overlay(tmp_path: Path) -> None:
    from tools import models

    prices, out = tmp_path / "prices.json", tmp_path / "models.json"
    prices.write_text(json.dumps(LITELLM))
    moment = datetime(2029, 5, 4, 12, tzinfo=UTC).timestamp()
    os.utime(prices, (moment, moment))
    models.main([str(prices), "--out", str(out)])
    written = json.loads(out.read_text())
    rows = {row["model"]: row for row in written["models"]}
    assert written["date"] == "2029-05-04"
    nine = rows["gpt-image-9"]
    assert nine["tokens"] == {"text_in": 5.0, "image_out": 30.0}
    assert nine["images"] == {"low": {"1024x1024": 0.01}}
    assert (nine["date"], nine["source"], nine["ends"]) == ("2029-05-04", "https://example.org/prices", "2030-01-01")
    assert (nine["ends_source"], nine["replacement"]) == ("https://example.org/ends", "gpt-image-10")
    assert rows["gemini-9-image"]["replacement"] == "gemini-10-image"
    assert rows["gpt-image-1-mini"]["tokens"]["text_in"] == 2.0, "the overlay wins"
    assert not {"azure/gpt-image-9", "whisper-9", "sample_spec"} & set(rows)


@pytest.mark.checkout
def test_the_table_that_is_shipped_is_what_the_tool_writes(tmp_path: Path) -> None:
    from tools import models

    out = tmp_path / "models.json"
    models.main(["--out", str(out)])
    assert out.read_text() == models.TABLE.read_text()
