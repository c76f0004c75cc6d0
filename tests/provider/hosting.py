"""The hosted systems that the shared conformance suite runs over: one row each, played by a server on loopback."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.provider.servers import comfyui, compatible, fal, gemini, huggingface, openai, openrouter, replicate, webui
from tests.provider.servers.base import Act, Loopback, reply
from tests.provider.servers.images import b64

KEY_ENV = "HOSTED_TEST_KEY"


@dataclass(frozen=True)
class Row:
    """One hosted system.

    ``server`` starts its part, ``options`` are those of the provider beside where it is and its key. ``holding`` makes
    a reply with the given images (and more fields); ``wordy`` one with words alone, ``bare`` one with nothing in it,
    ``broken`` one with status 200 that tells an error. ``model`` is one it does not know. ``paid``: a call whose reply
    was lost is not sent again.
    """

    kind: str
    server: Callable[[], Any]
    holding: Callable[..., Act]
    bare: Act
    broken: Act
    wordy: Callable[[str], Act] | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    key: str | None = None
    stream: bool = False
    seeded: bool = True
    edits: bool = True
    masks: bool = False
    refuses: bool = True
    model: str | None = "no/such-model"
    paid: bool = True

    def settings(self, server: Loopback, **more: Any) -> dict[str, Any]:
        """The options of a provider that talks to the server."""
        named = {"api_key_env": KEY_ENV} if self.key else {}
        base = getattr(server, "base_url", server.url)
        hub = {"hub_url": server.url} if self.kind == "huggingface" else {}
        return {"base_url": base, "concurrency": 4, **named, **hub, **self.options, **more}


REPORTED = {"error": {"message": "upstream went away", "code": 502}}

ROWS: dict[str, Row] = {
    "openrouter": Row(
        "openrouter",
        openrouter.OpenRouter,
        holding=lambda *images, **more: openrouter.chat_reply(openrouter.image_message(*images), **more),
        bare=openrouter.chat_reply({"role": "assistant", "content": None}),
        broken=reply({"id": "gen-1", "choices": [], **REPORTED}),
        wordy=lambda words: openrouter.chat_reply({"role": "assistant", "content": words}),
        options={"only": ["openai"]},
        key=openrouter.KEY,
        stream=True,
    ),
    "openrouter-images": Row(
        "openrouter",
        openrouter.OpenRouter,
        holding=lambda *images, **more: openai.images_reply(*images, **more),
        bare=reply({"created": 1, "data": [{}]}),
        broken=reply(REPORTED),
        options={"endpoint": "images"},
        key=openrouter.KEY,
        stream=True,
    ),
    "openai": Row(
        "openai",
        openai.OpenAI,
        holding=openai.images_reply,
        bare=reply({"created": 1, "data": None}),
        broken=reply(REPORTED),
        key=openai.KEY,
        stream=True,
        seeded=False,
        masks=True,
        model="gpt-image-99",
    ),
    "openai-compatible": Row(
        "openai-compatible",
        compatible.Compatible,
        holding=openai.images_reply,
        bare=reply({"created": 1, "data": [{"b64_json": None, "url": None}]}),
        broken=reply({"error": "CUDA out of memory"}),
        masks=True,
        refuses=False,
        model="nowhere",
        paid=False,
    ),
    "gemini": Row(
        "gemini",
        gemini.Gemini,
        holding=lambda *images, **more: gemini.content_reply(
            [{"inlineData": {"mimeType": "image/png", "data": b64(one)}} for one in images], **more
        ),
        bare=gemini.content_reply([], finish="NO_IMAGE"),
        broken=reply({"error": {"code": 500, "message": "upstream went away", "status": "INTERNAL"}}),
        wordy=lambda words: gemini.content_reply([{"text": words}]),
        key=gemini.KEY,
        model="gemini-99",
    ),
    "replicate": Row(
        "replicate",
        replicate.Replicate,
        holding=replicate.holding,
        bare=replicate.holding(output=None),
        broken=reply({"id": "x1", "status": "failed", "error": "upstream went away"}, 201),
        options={"model": replicate.MODEL, "poll": 0.002},
        key=replicate.KEY,
        masks=True,
    ),
    "fal": Row(
        "fal",
        fal.Fal,
        holding=fal.holding,
        bare=fal.holding(),
        broken=reply({"error": "upstream went away"}),
        options={"model": fal.MODEL, "poll": 0.002},
        key=fal.KEY,
        masks=True,
    ),
    "huggingface": Row(
        "huggingface",
        huggingface.HuggingFace,
        holding=huggingface.holding,
        bare=reply({"id": "o1", "data": [{}]}),
        broken=reply(REPORTED),
        options={
            "vendor": "together",
            "model": huggingface.MODEL,
            "vendor_model": huggingface.IDS["together"],
        },
        key=huggingface.KEY,
        edits=False,
    ),
    "automatic1111": Row(
        "automatic1111",
        webui.WebUI,
        holding=webui.holding,
        bare=reply({"images": [], "parameters": {}, "info": "{}"}),
        broken=reply({"error": "CUDA out of memory"}),
        masks=True,
        refuses=False,
        paid=False,
    ),
    "comfyui": Row(
        "comfyui",
        comfyui.Comfy,
        holding=comfyui.holding,
        bare=comfyui.holding(),
        broken=reply({"error": "upstream went away"}),
        options={"workflow": comfyui.PAINTING, "slots": comfyui.PAINTING_SLOTS, "poll": 0.005},
        masks=True,
        refuses=False,
        paid=False,
    ),
}
"""Every hosted adapter, by a name for the test."""
