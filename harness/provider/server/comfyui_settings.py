"""The options of the ``comfyui`` provider: where the server is, the workflow, and which input gets what."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.http import is_private
from harness.provider import quality_steps
from harness.provider.options import Options
from harness.provider.remote.base import Reach, hosted_settings
from harness.provider.server.comfyui_workflow import BUST
from harness.vocabulary import SERVER_PROMISES, SUBJECT_FIELDS, TRANSPORT_OPTIONS, SeedPromise

DEFAULT_URL = "http://127.0.0.1:8188"
REPEATS = ("rerun", "keep")
OPTIONS: Mapping[str, str] = {
    "base_url": f"where the server is; default {DEFAULT_URL}",
    "workflow": "the workflow, a JSON file as Export (API) writes it",
    "slots": "which input gets what: {prompt: 6.inputs.text, seed: 3.inputs.seed, width: 5.inputs.width, …}; a node by "
    "id or title, several inputs as a list; names: prompt, negative_prompt, seed, width, height, image, mask, "
    "strength, steps, guidance, model, bust, and any setting of the suite",
    "output": "the node whose image counts; without it the lowest id, saved images before previews",
    "repeats": "regenerate (default): generate an image again that came from the server's memory; keep: take it",
    "quality_steps": quality_steps.OPTION,
    "poll": "seconds before the first look at a job (0.25); each wait is longer than the one before, up to 3",
    "promise": "what its seed promises: none, best-effort (default with a slot `seed`) or exact-per-environment",
}
_SIZES = ("width", "height")
_OF_THE_REQUEST = frozenset({"prompt", "negative_prompt", "seed", *_SIZES, "input_image", "mask", "strength", BUST})


@dataclass(frozen=True, slots=True)
class Settings:
    """The options, read. ``slots`` are the inputs that get a value, by its name; ``rerun`` whether an image from the
    server's memory is generated again; ``own`` the options that are given of the provider's own."""

    reach: Reach
    workflow: str
    slots: Mapping[str, tuple[str, ...]]
    output: str | None
    rerun: bool
    quality_steps: Mapping[str, int]
    poll: float
    given: Mapping[str, Any]
    promise: SeedPromise
    price: float | None
    own: frozenset[str]

    @property
    def honors(self) -> frozenset[str]:
        """The fields of a request, and the settings, that the slots can carry."""
        names = {name for name in self.slots if name not in (*_SIZES, BUST)}
        size = {"size"} if set(_SIZES) <= set(self.slots) else set()
        return frozenset(names | size | ({"quality"} if "steps" in self.slots else set()))


def read_settings(name: str, options: Mapping[str, Any]) -> Settings:
    """The options of the provider ``name``. Raises BadOptionError."""
    reader = Options(name, options)
    reach = hosted_settings(reader, base_url=DEFAULT_URL, key_env=None, key_needed=False, concurrency=1)
    slots = _slots(reader)
    price, poll = reader.number("price"), reader.number("poll", 0.25, least=0.001)
    assert poll is not None
    given = {word: reader.anything(word) for word in sorted({*SUBJECT_FIELDS, *slots, "model"} - _OF_THE_REQUEST)}
    found = Settings(
        reach=reach,
        workflow=reader.needed("workflow", "a JSON file, such as workflow: flow.json"),
        slots=slots,
        output=_node(reader, "output"),
        rerun=reader.one_of("repeats", REPEATS, REPEATS[0]) == "rerun",
        quality_steps=quality_steps.quality_steps(reader),
        poll=poll,
        given={word: value for word, value in given.items() if value is not None},
        promise=reader.promise(SeedPromise.BEST_EFFORT if "seed" in slots else SeedPromise.NONE, SERVER_PROMISES),
        price=0.0 if price is None and is_private(reach.settings.base_url) else price,
        own=frozenset(options).difference(SUBJECT_FIELDS),
    )
    reader.done()
    return found


def _slots(reader: Options) -> Mapping[str, tuple[str, ...]]:
    given = reader.anything("slots")
    hint = "such as slots: {prompt: 6.inputs.text, seed: 3.inputs.seed}"
    if not isinstance(given, Mapping) or "prompt" not in given:
        raise reader.fault("`slots` says which input gets the prompt", hint)
    slots = {}
    for name, value in given.items():
        if name in OPTIONS or name in TRANSPORT_OPTIONS:
            raise reader.fault(f"no slot can be called `{name}`: it is an option", hint)
        texts = value if isinstance(value, list) else [value]
        if not texts or not all(isinstance(text, str) and text for text in texts):
            raise reader.fault(f"slot `{name}` is node.inputs.name, not {value!r:.80}", hint)
        slots[str(name)] = tuple(texts)
    return slots


def _node(reader: Options, name: str) -> str | None:
    value = reader.anything(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, str)) or value == "":
        raise reader.fault(f"`{name}` is the id or the title of a node, not {value!r:.60}")
    return str(value)
