"""How servers that speak the images API name what that API has no names for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.records import encode_json

Embed = Callable[[str, Mapping[str, Any]], str]


@dataclass(frozen=True, slots=True)
class Server:
    """One family of servers. ``fields`` maps common words to fields of the request; ``inside`` words are put into the
    prompt by ``embed`` (the prompt, the words); ``mask`` is the field of a mask, ``white`` whether it is sent as it
    lies (white is generated again) instead of as transparency; ``image`` is the field of an input image in the JSON of
    ``generations``, or empty where images go to ``edits``; ``several`` whether an edit takes more than one."""

    name: str
    fields: Mapping[str, str] = field(default_factory=dict)
    inside: tuple[str, ...] = ()
    embed: Embed | None = None
    mask: str = ""
    white: bool = False
    image: str = ""
    several: bool = False

    @property
    def honors(self) -> frozenset[str]:
        """The words that reach the model."""
        masks = {"mask"} if self.mask else set()
        several = {"input_images"} if self.several else set()
        always = {"prompt", "size", "input_image", "model", "format", "output_compression", "n"}
        return frozenset({*always, *self.fields, *self.inside, *masks, *several})


def bar(prompt: str, words: Mapping[str, Any]) -> str:
    """Return the negative prompt behind a bar."""
    negative = words.get("negative_prompt")
    return f"{prompt}|{negative}" if negative else prompt


def sd_cpp_extra(prompt: str, words: Mapping[str, Any]) -> str:
    """Return settings as JSON between two tags at the end of the prompt, which the server cuts off again."""
    extra: dict[str, Any] = {
        name: words[name] for name in ("seed", "negative_prompt", "strength") if words.get(name) not in (None, "")
    }
    sampling: dict[str, Any] = {}
    if words.get("steps") is not None:
        sampling["sample_steps"] = words["steps"]
    if words.get("guidance") is not None:
        sampling["guidance"] = {"txt_cfg": words["guidance"]}
    if sampling:
        extra["sample_params"] = sampling
    return f"{prompt} <sd_cpp_extra_args>{encode_json(extra).decode()}</sd_cpp_extra_args>" if extra else prompt


_DIFFUSERS = {
    "seed": "seed",
    "negative_prompt": "negative_prompt",
    "steps": "num_inference_steps",
    "guidance": "guidance_scale",
}
SERVERS: Mapping[str, Server] = {
    server.name: server
    for server in (
        Server("vllm-omni", _DIFFUSERS, mask="mask_image", white=True, several=True),
        Server("sglang", _DIFFUSERS),
        Server("localai", {"seed": "seed", "steps": "step"}, ("negative_prompt",), bar, image="file"),
        Server(
            "sd-server",
            {},
            ("seed", "negative_prompt", "steps", "guidance", "strength"),
            sd_cpp_extra,
            mask="mask",
            white=True,
        ),
        Server("openai", {"seed": "seed"}, mask="mask", several=True),
    )
}
"""The servers by name; ``openai`` is one that adds a top-level seed to the API and nothing else."""
