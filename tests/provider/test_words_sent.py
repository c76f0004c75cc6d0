"""The words of the common vocabulary: what a model refuses is not sent to it, and what is not sent is reported."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.provider import BadOptionError, Job, adapter_of, built_in_options, capabilities_of, create, explained
from harness.provider.hosted.openai_request import FIELDS
from harness.records import InputImage, Recipe, Request, Subject, TrialKey
from harness.suite import SuiteError, load
from harness.vocabulary import MEANINGS, NEEDED_FIELDS, RANGES, SUBJECT_FIELDS, is_neutral
from tests.provider.servers.gemini import KEY as GEMINI_KEY
from tests.provider.servers.gemini import Gemini
from tests.provider.servers.images import PROMPT, encoded, from_data_url
from tests.provider.servers.openai import GPT, KEY, OpenAI
from tests.provider.servers.openrouter import KEY as ROUTER_KEY
from tests.provider.servers.openrouter import OpenRouter

Make = Callable[..., Job]
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "quality": st.sampled_from(["draft", "standard", "hd"]),
    "background": st.sampled_from(["auto", "transparent", "opaque"]),
    "format": st.sampled_from(["png", "jpeg", "webp"]),
    "output_compression": st.integers(*RANGES["output_compression"]),
    "input_fidelity": st.sampled_from(["low", "high"]),
    "moderation": st.sampled_from(["auto", "low"]),
    "partial_images": st.integers(*RANGES["partial_images"]),
    "style": st.sampled_from(["vivid", "natural"]),
}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAI]:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENROUTER_API_KEY", ROUTER_KEY)
    monkeypatch.setenv("GEMINI_API_KEY", GEMINI_KEY)
    with OpenAI() as server:
        yield server


@pytest.fixture
def images(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"in-{tone}.png" for tone in (10, 120, 230)]
    for path, tone in zip(paths, (10, 120, 230), strict=True):
        path.write_bytes(encoded(np.full((64, 64, 3), tone, np.uint8)))
    return paths


def generated(kind: str, url: str, job: Job, **options: Any) -> Any:
    provider = create("mine", kind, {"base_url": url, "retries": 0, **options}, Path())
    try:
        return provider.generate(job)
    finally:
        provider.close()


def fields_of(server: OpenAI) -> dict[str, Any]:
    received = server.requests[-1]
    if received.path.endswith("generations"):
        return dict(received.json())
    return {part.name: part.data.decode() for part in received.form() if part.filename is None}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    model=st.sampled_from([*GPT[1:], "dall-e-3"]),
    words=st.fixed_dictionaries({}, optional=VALUES),
    edits=st.booleans(),
)
def test_no_model_is_sent_what_it_refuses(
    server: OpenAI, job: Make, images: list[Path], model: str, words: dict[str, Any], edits: bool
) -> None:
    edits = edits and model != "dall-e-3"
    asked = job(PROMPT, seed=None, width=1024, height=1024, image=images[0] if edits else None, **words)
    got = generated("openai", server.base_url, asked, model=model)  # the server refuses what the API does
    sent, left_out = fields_of(server), set(got.environment.get("omitted", []))
    for word, value in words.items():
        if FIELDS[word] in sent:
            assert word not in left_out
        else:
            assert is_neutral(word, value) or word in left_out, word
    assert left_out <= set(words)
    if "partial_images" in words and "partial_images" not in left_out and not edits and sent.get("stream"):
        assert got.environment["reply"].get("partial", 0) == words["partial_images"]


def with_more(job: Job, images: list[Path]) -> Job:
    """The job with these images, in order."""
    first, *rest = (InputImage(str(path), f"{path.name:0<64}") for path in images)
    request = replace(job.recipe.request, input_image=first, input_images=tuple(rest))
    return replace(job, recipe=replace(job.recipe, request=request))


def test_several_input_images_are_sent_in_order(server: OpenAI, job: Make, images: list[Path]) -> None:
    asked = with_more(job(PROMPT, seed=None), images)
    data = [path.read_bytes() for path in images]
    generated("openai", server.base_url, asked, model="gpt-image-1-mini")
    parts = [part for part in server.requests[-1].form() if part.filename is not None]
    assert [(part.name, part.data) for part in parts] == [("image[]", one) for one in data]
    keyed = {"dialect": "openai", "model": "gpt-image-2", "api_key_env": "OPENAI_API_KEY"}
    generated("openai-compatible", server.base_url, asked, **keyed)
    assert [part.data for part in server.requests[-1].form() if part.name == "image[]"] == data
    with OpenRouter() as router:
        generated("openrouter", router.base_url, asked)
        content = router.requests[-1].json()["messages"][0]["content"]
        assert [from_data_url(part["image_url"]["url"]) for part in content[1:]] == data
        generated("openrouter", router.base_url, asked, endpoint="images")
        references = router.requests[-1].json()["input_references"]
        assert [from_data_url(part["image_url"]["url"]) for part in references] == data
    with Gemini() as gemini:
        generated("gemini", gemini.base_url, asked)
        assert len(gemini.requests[-1].json()["contents"][0]["parts"]) == 1 + 3


def test_the_other_images_are_part_of_the_recipe(job: Make, images: list[Path]) -> None:
    one, two, three = (with_more(job(PROMPT), images[:count]).recipe for count in (1, 2, 3))
    assert len({one.digest, two.digest, three.digest}) == 3
    assert one.digest == job(PROMPT, image=images[0]).recipe.digest  # as recorded before
    turned = with_more(job(PROMPT), [images[0], images[2], images[1]]).recipe
    assert turned.digest != three.digest


SUITE = """\
suite: words
provider: one
providers: {{one: {{kind: {kind}{options}}}}}
strict: {strict}
defaults: {{size: 64x64{words}}}
cases: [{{id: fox, prompt: a fox, drift: set, samples: 2, input_image: in-10.png, input_images: [in-120.png]}}]
"""


def planned(folder: Path, kind: str, options: str = "", words: str = "", strict: str = "false") -> Any:
    path = folder / "words.yaml"
    path.write_text(SUITE.format(kind=kind, options=options, words=words, strict=strict))
    return load([path], capabilities=capabilities_of)


def test_a_suite_names_them_and_who_cannot_is_refused(tmp_path: Path, images: list[Path]) -> None:
    (variant,) = planned(tmp_path, "openai", words=", moderation: low, input_fidelity: high, n: 2").variants()
    assert [Path(one.path).name for one in variant.request.images] == ["in-10.png", "in-120.png"]
    assert variant.subject.settings == {"moderation": "low", "input_fidelity": "high", "n": 2}
    for kind, options, said in (
        ("painter", "", "`one` takes no `input_images`"),
        ("openai", ", model: dall-e-3", "`one` takes no `input_image`"),
        ("automatic1111", "", "`one` takes no `input_images`"),
    ):
        with pytest.raises(SuiteError, match=said):
            planned(tmp_path, kind, options)
    with pytest.raises(SuiteError, match="`one` does not honor `moderation`"):
        planned(tmp_path, "gemini", words=", moderation: low", strict="true")
    planned(tmp_path, "gemini", words=", moderation: auto, n: 1, partial_images: 0", strict="true")
    for words in (", n: 11", ", partial_images: 4", ", output_compression: -1", ", moderation: strict"):
        with pytest.raises(SuiteError):
            planned(tmp_path, "openai", words=words)
    (tmp_path / "in-120.png").unlink()
    with pytest.raises(SuiteError, match=r"in-120\.png"):
        planned(tmp_path, "openai")


def test_options_that_a_model_does_not_take_are_refused() -> None:
    refused = [
        {"model": "gpt-image-1-mini", "input_fidelity": "high"},
        {"model": "gpt-image-2", "input_fidelity": "low"},
        {"model": "dall-e-3", "n": 2},
        {"model": "gpt-image-2", "partial_images": 4},
    ]
    for options in refused:
        with pytest.raises(BadOptionError):
            adapter_of("openai").capabilities(options)
    adapter_of("openai").capabilities({"model": "dall-e-3", "n": 1, "moderation": "auto"})


def test_a_function_is_given_every_image_by_its_path(tmp_path: Path, images: list[Path]) -> None:
    (tmp_path / "draws.py").write_text(
        "from pathlib import Path\n\n"
        "def generate(prompt, input_image, input_images):\n"
        "    return Path([input_image, *input_images][-1]).read_bytes()\n"
    )
    first, *rest = (InputImage(str(path), f"{path.name:0<64}") for path in images)
    recipe = Recipe(Request("a fox", input_image=first, input_images=tuple(rest)), Subject("mine", "python"))
    provider: Any = create("mine", "python", {"function": "draws.py:generate"}, tmp_path)
    assert {"input_image", "input_images"} <= provider.capabilities.honors
    assert provider.generate(Job(recipe, TrialKey("s", "c"))).data == images[-1].read_bytes()


def test_every_kind_says_of_every_word_what_it_does_with_it() -> None:
    for kind in built_in_options():
        explanation, can = explained(kind)
        if can is not None:
            assert {*SUBJECT_FIELDS, *NEEDED_FIELDS} <= {tier.setting for tier in explanation.vocabulary}, kind
    assert set(VALUES) < set(MEANINGS) == set(SUBJECT_FIELDS)


def test_any_setting_is_not_any_word_of_a_request() -> None:
    """A program that takes every setting still generates one image a call, without images that it does not name."""
    rows, _ = explained("command", options={"argv": ["any", "{prompt}", "{settings}", "{out}"]})
    said = {tier.setting: tier.meaning for tier in rows.vocabulary}
    assert said["n"].startswith("left out")
    assert said["input_images"].startswith("refused")
