"""OpenRouter as its documentation has it: chat completions and the images API, whole and streamed."""

import itertools
import threading
from typing import Any

from tests.provider.servers.base import Act, Loopback, Received, reply, sse
from tests.provider.servers.images import b64, data_url, from_data_url, painted

KEY = "sk-or-v1-0123456789abcdef"
MODELS = (
    "openai/gpt-5-image-mini",
    "openai/gpt-5-image",
    "google/gemini-3.1-flash-image",
    "black-forest-labs/flux.2-pro",
)
ANSWERING = ("openai/gpt-5-mini", *MODELS[:3])
RATIOS = ("1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9")
PRICE = 0.0085


class OpenRouter(Loopback):
    """``drift`` makes it generate other images for the same prompts; ``seeded`` makes a seed decide the image;
    ``caching`` gives an identical request the same reply again; ``kind`` is the format it generates in;
    ``listed`` are the days on which its listing says that models end; ``gives`` how many images the next calls of the
    images API give instead of those asked for."""

    def __init__(self, *, seeded: bool = True, caching: bool = False, kind: str = "png") -> None:
        super().__init__(self.handle)
        self.seeded, self.caching, self.kind = seeded, caching, kind
        self.drift = 0
        self.listed: dict[str, str] = {}
        self.extra: dict[str, Any] = {}
        self.gives: list[int] = []
        self._kept: dict[bytes, Any] = {}
        self._count = itertools.count()
        self._lock = threading.Lock()

    @property
    def base_url(self) -> str:
        return f"{self.url}/api/v1"

    def handle(self, received: Received) -> Act:
        if received.headers.get("authorization") != f"Bearer {KEY}":
            return error(401, "No auth credentials found")
        if received.path == "/api/v1/models":
            return reply({"data": [{"id": model, "expiration_date": self.listed.get(model)} for model in MODELS]})
        if received.method != "POST":
            return error(405, "Method not allowed")
        body = received.json()
        if received.path == "/api/v1/chat/completions":
            return self.chat(received, body)
        if received.path == "/api/v1/images":
            return self.images(body)
        return error(404, "Not found")

    def chat(self, received: Received, body: dict[str, Any]) -> Act:
        if body.get("model") not in (*MODELS, *ANSWERING):
            return error(400, f"{body.get('model')} is not a valid model ID")
        if refused := self.route_fault(body):
            return refused
        content = body["messages"][0]["content"]
        prompt = "".join(part["text"] for part in content if part["type"] == "text")
        sent = [from_data_url(part["image_url"]["url"]) for part in content if part["type"] == "image_url"]
        if "modalities" not in body:
            return self.completion(body, {"role": "assistant", "content": f"I see {len(sent)} image.", "images": []})
        config = body.get("image_config", {})
        if config.get("aspect_ratio") not in (None, *RATIOS) or config.get("image_size") not in (
            None,
            "1K",
            "2K",
            "4K",
        ):
            return error(400, "image_config is invalid")
        if "forbidden" in prompt:
            return error(
                403, "The prompt was flagged", {"reasons": ["violence"], "flagged_input": prompt[:20]}, "moderation"
            )
        if self.caching and received.body in self._kept:
            usage = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0, "cost": 0}
            return self.completion(body, self._kept[received.body], usage, x_openrouter_cache_status="HIT")
        image = self.generate(prompt, body.get("seed"), config.get("output_format"), sent)
        message = image_message(image)
        self._kept[received.body] = message
        return self.completion(body, message, **({"x_openrouter_cache_status": "MISS"} if self.caching else {}))

    def completion(self, body: dict[str, Any], message: Any, usage: Any = None, **headers: str) -> Act:
        usage = usage or usage_of()
        known = {"model": body["model"], "provider": "OpenAI", "system_fingerprint": None, **self.extra}
        about = {"id": f"gen-{next(self._count)}", "created": 1_760_000_000, **known}
        if body.get("stream"):
            delta = {"role": "assistant", "content": message["content"]}
            image = {"role": "assistant", "content": "", "images": message.get("images", [])}
            return sse(
                {
                    **about,
                    "object": "chat.completion.chunk",
                    "choices": [{"index": 0, "delta": delta, "finish_reason": None}],
                },
                {**about, "choices": [{"index": 0, "delta": image, "finish_reason": None}]},
                {**about, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "usage": usage},
                before=": OPENROUTER PROCESSING\n\n",
            )
        choice = {"index": 0, "finish_reason": "stop", "native_finish_reason": "completed", "message": message}
        return reply(
            {**about, "object": "chat.completion", "choices": [choice], "usage": usage},
            x_generation_id=about["id"],
            **headers,
        )

    def images(self, body: dict[str, Any]) -> Act:
        if body.get("model") not in MODELS:
            return error(404, f"Model {body.get('model')} not found")
        if refused := self.route_fault(body):
            return refused
        known = {"model", "prompt", "n", "resolution", "aspect_ratio", "size", "quality", "output_format", "background",
                 "output_compression", "seed", "stream", "input_references", "provider"}  # fmt: skip
        if set(body) - known or (body.get("size") and (body.get("resolution") or body.get("aspect_ratio"))):
            return error(400, f"invalid parameters: {sorted(set(body) - known) or 'size'}")
        if "forbidden" in body["prompt"]:
            return error(403, "The prompt was flagged", {"error_type": "content_policy_violation"}, "moderation")
        sent = [from_data_url(item["image_url"]["url"]) for item in body.get("input_references", [])]
        images = [
            self.generate(body["prompt"], body.get("seed"), body.get("output_format"), sent)
            for _ in range(self.gives.pop(0) if self.gives else body.get("n", 1))
        ]
        image = images[0]
        done = {"created": 1_760_000_000, "usage": usage_of(), **self.extra}
        if body.get("stream"):
            return sse(
                {"type": "image_generation.partial_image", "partial_image_index": 0, "b64_json": b64(painted(seed=99))},
                {"type": "image_generation.completed", "b64_json": b64(image), **done},
            )
        rows = [{"b64_json": b64(one), "media_type": "image/png"} for one in images]
        return reply({**done, "data": rows}, x_generation_id="gen-i")

    def generate(self, prompt: str, seed: int | None, kind: str | None, sent: list[bytes]) -> bytes:
        with self._lock:
            turn = next(self._count)
        decided = seed if self.seeded and seed is not None else 1000 + turn
        return painted(prompt, decided + 7 * self.drift + 100 * len(sent), kind or self.kind)

    def route_fault(self, body: dict[str, Any]) -> Act | None:
        """The faults of ``provider``."""
        only = body.get("provider", {}).get("only")
        if only is not None and "openai" not in only:
            return error(404, "No allowed providers are available for the selected model.")
        return None


def image_message(*images: bytes, words: str = "") -> dict[str, Any]:
    images = [{"type": "image_url", "index": i, "image_url": {"url": data_url(one)}} for i, one in enumerate(images)]
    return {"role": "assistant", "content": words, "images": images}


def usage_of() -> dict[str, Any]:
    return {
        "prompt_tokens": 12,
        "completion_tokens": 300,
        "total_tokens": 312,
        "cost": PRICE,
        "cost_details": {"upstream_inference_cost": None},
        "completion_tokens_details": {"image_tokens": 272},
    }


def chat_reply(message: dict[str, Any], finish: str | None = "stop", **more: Any) -> Act:
    """A completion as given."""
    choice = {"index": 0, "finish_reason": finish, "message": message}
    return reply(
        {"id": "gen-x", "model": MODELS[0], "provider": "OpenAI", "choices": [choice], "usage": usage_of(), **more}
    )


def error(code: int, message: str, metadata: dict[str, Any] | None = None, kind: str | None = None) -> Act:
    parsed = {
        "code": code,
        "message": message,
        "metadata": {**(metadata or {}), **({"error_type": kind} if kind else {})},
    }
    return reply({"error": parsed, "user_id": "user_1"}, code)
