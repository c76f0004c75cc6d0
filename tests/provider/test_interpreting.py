"""The option ``interpreter`` of the painter: what it takes, and what it makes of the painter's promises."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from harness.http import MissingKeyError
from harness.prompt.llm_words import FROM_BASE
from harness.provider import BadOptionError, Job, ReadyProvider, capabilities_of, create, price_of
from harness.provider.local.painter import PainterOptions
from harness.records import InputImage, Recipe, Request, Subject, TrialKey
from harness.suite import ProviderSpec
from tests.provider.servers.base import Act, Loopback, Received
from tests.provider.servers.chat import chat

CHAT: dict[str, Any] = {"kind": "llm", "model": "m", "base_url": "http://127.0.0.1:9/v1"}


def spec(**chat: Any) -> ProviderSpec:
    return ProviderSpec("reader", "painter", {"interpreter": {**CHAT, **chat}})


@pytest.mark.parametrize("value", [None, "grammar", {"kind": "grammar"}])
def test_the_grammar_is_the_default(value: Any) -> None:
    assert PainterOptions.read("painter", {"interpreter": value}).interpreter is None


def test_a_chat_model_makes_the_painter_best_effort_and_of_unknown_price() -> None:
    assert capabilities_of(ProviderSpec("p", "painter", {"interpreter": "grammar"})).seed == "exact"
    assert (capabilities_of(spec()).seed, capabilities_of(spec()).price) == ("best-effort", None)
    recipe = Recipe(Request("a circle", seed=1), Subject("reader", "painter"))
    assert (price_of(spec(), recipe), price_of(spec(price=0.002), recipe)) == (None, 0.002)


def test_temperature_is_zero_unless_it_is_said_or_left_out() -> None:
    stated = ({}, {"temperature": 0.4}, {"temperature": None})
    read = [PainterOptions.read("p", {"interpreter": {**CHAT, **more}}).interpreter for more in stated]
    assert [options and options.temperature for options in read] == [0.0, 0.4, None]


@pytest.mark.parametrize(
    "wrong",
    [
        "llm",
        3,
        {"kind": "llm"},
        {**CHAT, "kind": "oracle"},
        {**CHAT, "api_key": "x"},
        {**CHAT, "temperature": "warm"},
        {**CHAT, "base_url": "127.0.0.1"},
        {**CHAT, "allow_private": "yes"},
        {**CHAT, "retries": -1},
    ],
)
def test_wrong_options(wrong: Any) -> None:
    with pytest.raises(BadOptionError) as caught:
        capabilities_of(ProviderSpec("reader", "painter", {"interpreter": wrong}))
    assert "\n" not in str(caught.value)


def test_a_missing_key_is_reported_before_the_first_image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("READER_KEY", raising=False)
    painter = create("reader", "painter", spec(api_key_env="READER_KEY").options, tmp_path)
    assert isinstance(painter, ReadyProvider)
    with pytest.raises(MissingKeyError, match="READER_KEY"):
        painter.ready()
    painter.close()


def test_promises_load_nothing_heavy() -> None:
    program = (
        "import sys; from harness.provider import adapter_of; "
        f"adapter_of('painter').capabilities({{'interpreter': {CHAT!r}}}); "
        "print(sorted({'numpy', 'PIL', 'httpx', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_chat_model_reads_what_changes_of_an_image(tmp_path: Path) -> None:
    def answer(received: Received) -> Act:
        base = json.loads(received.json()["messages"][1]["content"])["base"]
        assert base["things"][0]["color"] == "red"
        base["things"][0]["color"] = "blue"
        steps = [{"words": "the same", "effect": FROM_BASE, "kind": "read"}]
        return chat({**base, "steps": steps, "unknown": []})

    def job(prompt: str, image: Path | None = None) -> Job:
        given = None if image is None else InputImage(str(image), hashlib.sha256(image.read_bytes()).hexdigest())
        request = Request(prompt, seed=7, width=64, height=64, input_image=given)
        return Job(Recipe(request, Subject("p", "painter", settings={"quality": "hd"})), TrialKey("s", "c", seed=7))

    grammar = create("p", "painter", {}, tmp_path)
    image = tmp_path / "circle.png"
    image.write_bytes(grammar.generate(job("a large red circle")).data)
    with Loopback(answer) as server:
        reader = create("p", "painter", {"interpreter": {**CHAT, "base_url": f"{server.url}/v1"}}, tmp_path)
        generated = reader.generate(job("the very same one in azure, please", image))
        reader.close()
    assert generated.environment["interpretation"]["guided"] == "generated again: red circle → blue circle"
    assert generated.cost == 0.0004
    edited = grammar.generate(job("the same but make the circle blue", image))
    assert generated.data == edited.data
