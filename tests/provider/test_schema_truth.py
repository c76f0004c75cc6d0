"""What is sent is what the SDKs' types allow, and what these types may bring is read without loss.

``make schema-truth`` runs this with the newest SDKs and prints what changed in their types.
"""

import itertools
import json
import os
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.provider import Job, Provider, create
from harness.provider.remote.chat import read_chat
from harness.provider.remote.images_api import assembled_images, read_images
from harness.provider.remote.parsed_reply import ParsedReply
from tests.proofs.sdk_schemas import REPLIES, REQUESTS, Schema, changes, schema_of, strict
from tests.provider.hosting import KEY_ENV
from tests.provider.servers.base import Loopback, Received, status
from tests.provider.servers.images import PROMPT, painted

Make = Callable[..., Job]
EXAMPLES = int(os.environ.get("SCHEMA_EXAMPLES", "100"))
"""Replies of each type; more than the usual are others each time."""
fast = settings(
    max_examples=EXAMPLES, derandomize=EXAMPLES == 100, deadline=None, suppress_health_check=list(HealthCheck)
)


# requests


@cache
def validator(name: str) -> Any:
    return jsonschema.Draft202012Validator(strict(schema_of(*REQUESTS[name])))


CHAT = {"ask": "how many?", "model": "gpt-6.1-terra"}
SENT: dict[str, tuple[str, dict[str, Any], set[str]]] = {
    "openai": (
        "openai",
        {"model": "gpt-image-2.6-flare"},
        {"openai images/generations", "openai images/edits", "openai chat/completions"},
    ),
    "openai streamed": (
        "openai",
        {"model": "gpt-image-1.5", "stream": True},
        {"openai images/generations streamed", "openai images/edits streamed", "openai chat/completions"},
    ),
    "openai dall-e": ("openai", {"model": "dall-e-3", "style": "vivid"}, {"openai images/generations"}),
    "openai compatible": (
        "openai-compatible",
        {"dialect": "openai", "model": "gpt-image-2.6-flare"},
        {"openai images/generations", "openai images/edits"},
    ),
    "openrouter chat": ("openrouter", {"only": ["openai"]}, {"openrouter chat/completions"}),
    "openrouter chat of another": (
        "openrouter",
        {"model": "black-forest-labs/flux.2-pro", "stream": True},
        {"openrouter chat/completions"},
    ),
    "openrouter images": (
        "openrouter",
        {"endpoint": "images", "model": "black-forest-labs/flux.2-pro"},
        {"openrouter images"},
    ),
    "openrouter images streamed": (
        "openrouter",
        {"endpoint": "images", "stream": True, "fallbacks": True},
        {"openrouter images"},
    ),
}
"""The kind, its options, and the requests that it makes of an image, an edit and a question."""
NO_SEED = frozenset({"seed"})
"""What our servers' dialect has beyond OpenAI's own types: LocalAI and others read it."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    monkeypatch.setenv(KEY_ENV, "sk-a-key-0123456789abcdef")
    with Loopback(lambda _: status(400, "only what is sent matters")) as server:
        yield server


def sent(server: Loopback, name: str, job: Job) -> Received:
    """Return the request for a job."""
    kind, options, _ = SENT[name]
    provider: Provider = create(
        "mine", kind, {"base_url": f"{server.url}/v1", "api_key_env": KEY_ENV, **options}, Path()
    )
    with pytest.raises(Exception, match="only what is sent matters"):
        provider.generate(job)
    provider.close()
    return server.requests[-1]


def name_of(kind: str, received: Received, body: Mapping[str, Any]) -> str:
    place = received.path.removeprefix("/v1/")
    family = "openrouter" if kind == "openrouter" else "openai"
    streamed = " streamed" if body.get("stream") is True and family == "openai" and "images" in place else ""
    return f"{family} {place}{streamed}"


@pytest.mark.parametrize("name", SENT)
def test_requests_are_those_of_the_types(server: Loopback, job: Make, name: str, tmp_path: Path) -> None:
    path = tmp_path / "in.png"
    path.write_bytes(painted())
    words: list[dict[str, Any]] = [{}, {"quality": "draft"}, {"background": "opaque"}, {"format": "webp"}]
    words += [{"width": 1536, "height": 1024}, {"width": 1024, "height": 1792}, {"width": 2048, "height": 2048}]
    kind, _, places = SENT[name]
    inputs: list[dict[str, Any]] = [{}] if "dall-e" in name else [{}, {"image": path}]
    inputs += [{**CHAT, "image": path}] if "openai chat/completions" in places else []
    seen = set()
    for stated, more in itertools.product(words, inputs):
        received = sent(server, name, job(PROMPT, seed=5, **stated, **more))
        body = received.json() if "multipart" not in received.headers["content-type"] else form(received)
        place = name_of(kind, received, body)
        seen.add(place)
        beyond = NO_SEED if kind == "openai-compatible" else frozenset()
        faults = [fault.message for fault in validator(place).iter_errors(_without(body, beyond))]
        assert not faults, f"{place}: {json.dumps(body)[:400]}"
    assert seen == places


def _without(body: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in names}


def form(received: Received) -> dict[str, Any]:
    """The fields of a form as the values that they stand for; a file by its name."""
    fields: dict[str, Any] = {}
    for part in received.form():
        text = part.data.decode("latin-1")
        fields[part.name] = part.filename or (json.loads(text) if part.name in ("n", "stream") else text)
    return fields


@pytest.mark.parametrize("name", REQUESTS)
def test_a_field_of_no_type_is_found(name: str) -> None:
    assert any("unheard_of" in fault.message for fault in validator(name).iter_errors({"unheard_of": 1}))


# replies


def values(schema: Any, root: Mapping[str, Any], depth: int = 0) -> st.SearchStrategy[Any]:
    """Everything that a schema allows, not too deep."""
    if "$ref" in schema:
        return st.deferred(lambda: values(root["$defs"][schema["$ref"].rpartition("/")[2]], root, depth))
    for word in ("anyOf", "oneOf"):
        if word in schema:
            return st.one_of(*(values(one, root, depth) for one in schema[word]))
    if "const" in schema or "enum" in schema:
        return st.sampled_from(schema.get("enum", [schema.get("const")]))
    match schema.get("type"):
        case "object" if "properties" in schema:
            required = set(schema.get("required", ()))
            kept = {name: one for name, one in schema["properties"].items() if depth < 5 or name in required}
            parts = {name: values(one, root, depth + 1) for name, one in kept.items()}
            return st.fixed_dictionaries(
                {name: part for name, part in parts.items() if name in required},
                optional={name: part for name, part in parts.items() if name not in required},
            )
        case "object":
            return st.dictionaries(st.text("abc", min_size=1, max_size=3), st.integers(0, 9), max_size=2)
        case "array":
            return st.lists(values(schema.get("items", {}), root, depth + 1), max_size=2)
        case "string":
            return st.text("ab c", max_size=6)
        case "integer":
            return st.integers(0, 2**40)
        case "number":
            return st.floats(0, 1e6)
        case "boolean":
            return st.booleans()
        case "null":
            return st.none()
    return st.none() | st.integers(0, 9) | st.text("ab", max_size=3)


@cache
def replies_of(name: str) -> st.SearchStrategy[Any]:
    schema: Schema = schema_of(*REPLIES[name])
    return values(schema, schema)


def read(name: str, document: Any) -> ParsedReply:
    """Return what the adapters read of a reply."""
    if "chat" in name:
        return read_chat(document)
    return read_images(assembled_images([document]) if "streamed" in name else document)


def rows_of(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    """Yield the mappings of a reply whose fields are looked at one by one: where each is, and how it is named."""
    yield "", document, ""
    for holder in ("data", "choices"):
        rows = document.get(holder)
        if isinstance(rows, list) and rows:
            yield holder, rows[0], f"{holder}."
            if isinstance(rows[0].get("message"), dict):
                yield f"{holder}.message", rows[0]["message"], "message."


def variations(document: Any, where: str, field: str) -> Iterator[Any]:
    """Yield a reply without one field of one of its mappings, and with another value: what is left may say the same."""
    for other in (None, "another", 7):
        changed = json.loads(json.dumps(document))
        inside = changed
        for step in filter(None, where.split(".")):
            inside = inside[step][0] if isinstance(inside[step], list) else inside[step]
        if other is None:
            del inside[field]
        elif type(inside[field]) is type(other):
            inside[field] = other
        yield changed


SAYS_NOTHING = frozenset({"type", "object", "index", "role", "created"})
"""Fields that are the same in every reply of a kind, or the time that it was written at."""


HELD = frozenset({"data", "choices", "choices.message"})
"""Fields whose own fields are looked at, one by one."""


def says_something(value: Any) -> bool:
    """Return whether there is anything in a value, at whatever depth."""
    if isinstance(value, dict):
        return any(says_something(one) for name, one in value.items() if name not in SAYS_NOTHING)
    if isinstance(value, list):
        return any(map(says_something, value))
    return value not in (None, "", False)


@pytest.mark.parametrize("name", REPLIES)
def test_replies_are_read_without_loss(name: str) -> None:
    lost: set[str] = set()

    @fast
    @given(replies_of(name))
    def each(document: dict[str, Any]) -> None:
        parsed = read(name, document)
        unread = parsed.occasion["unread"]
        for where, fields, before in rows_of(document):
            for field, value in fields.items():
                named = f"{before}{field}"
                if named in HELD or field in SAYS_NOTHING or not says_something(value) or named in unread:
                    continue
                if all(read(name, changed) == parsed for changed in variations(document, where, field)):
                    lost.add(named)

    each()
    assert not lost, f"neither used nor reported nor listed as unread: {sorted(lost)}"


def test_a_change_of_a_type_is_shown() -> None:
    def typed(schema: Schema) -> dict[str, Any]:
        return {"requests": {}, "replies": {"r": schema}}

    old: Schema = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
    new: Schema = {"type": "object", "properties": {"a": {"enum": ["x"], "type": "string"}, "b": {"type": "integer"}}}
    assert list(changes(typed(old), typed(new))) == ["- r a: required", '+ r a = "x"', "+ r b: integer"]
    assert not list(changes(typed(old), typed(old)))
