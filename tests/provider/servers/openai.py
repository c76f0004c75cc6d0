"""OpenAI's images API as its reference has it: it refuses what it does not know, and regenerates only within a mask."""

import itertools
from typing import Any

import numpy as np

from tests.provider.servers.base import Act, Loopback, Received, reply, sse
from tests.provider.servers.images import b64, encoded, opened, painted, pixels_of

KEY = "sk-proj-0123456789abcdefghij"
GPT = (
    "gpt-image-1",
    "gpt-image-1-mini",
    "gpt-image-1.5",
    "gpt-image-2",
    "gpt-image-2.6-flare",
    "gpt-image-2.6-sunburst",
)
SIZES = {"1024x1024", "1536x1024", "1024x1536", "auto"}
KNOWN = {
    "prompt", "model", "n", "quality", "size", "background", "output_format", "output_compression", "moderation",
    "stream", "partial_images", "user",
}  # fmt: skip
USAGE = {
    "input_tokens": 50,
    "output_tokens": 272,
    "total_tokens": 322,
    "input_tokens_details": {"text_tokens": 50, "image_tokens": 0},
}


class OpenAI(Loopback):
    """``unverified`` is an organization that may not generate; ``extra`` are more fields of every reply; ``gives`` are
    how many images the next calls give instead of those asked for."""

    def __init__(self, *, unverified: bool = False) -> None:
        super().__init__(self.handle)
        self.unverified = unverified
        self.extra: dict[str, Any] = {}
        self.gives: list[int] = []
        self._count = itertools.count()

    @property
    def base_url(self) -> str:
        return f"{self.url}/v1"

    def handle(self, received: Received) -> Act:
        if received.headers.get("authorization") != f"Bearer {KEY}":
            return error(401, "Incorrect API key provided: sk-pr***. You can find your API key at …", "invalid_api_key")
        if received.path == "/v1/chat/completions":
            return self.chat(received.json())
        if received.path == "/v1/images/generations":
            return self.generate(received.json())
        if received.path == "/v1/images/edits":
            return self.edit(received)
        return error(404, f"Invalid URL (POST {received.path})")

    def fault_of(self, fields: dict[str, Any], known: set[str]) -> Act | None:
        model = str(fields.get("model"))
        if self.unverified:
            return error(403, f"Your organization must be verified to use the model `{model}`.")
        if model not in (*GPT, "dall-e-3"):
            return error(404, f"The model '{model}' does not exist or you do not have access to it.", "model_not_found")
        known = known | ({"style", "response_format"} if model == "dall-e-3" else set())
        unknown = sorted(set(fields) - known)
        if unknown:
            return error(400, f"Unknown parameter: '{unknown[0]}'.", "unknown_parameter")
        kind = fields.get("output_format", "png")
        if "output_compression" in fields and kind == "png":
            return error(400, "Compression less than 100 is not supported for PNG output format", "invalid_value")
        if fields.get("background") == "transparent" and kind == "jpeg":
            return error(400, "Transparent background is not supported for JPEG output format", "invalid_value")
        fidelity = {"gpt-image-1-mini": ("low",), "gpt-image-1.5": ("low", "high")}.get(model, ())
        if "input_fidelity" in fields and fields["input_fidelity"] not in fidelity:
            return error(400, f"The model '{model}' does not support the 'input_fidelity' parameter.", "invalid_value")
        if "partial_images" in fields and fields.get("stream") not in (True, "true"):
            return error(400, "partial_images can only be used with stream", "invalid_value")
        if not 1 <= int(fields.get("n", 1)) <= (1 if model == "dall-e-3" else 10):
            return error(400, f"Invalid 'n': {fields['n']}", "invalid_value")
        qualities = {"standard", "hd"} if model == "dall-e-3" else {"low", "medium", "high", "auto"}
        if fields.get("quality", "auto") not in qualities | {"auto"}:
            return error(400, f"Invalid value: '{fields['quality']}'.", "invalid_value")
        sizes = {"1024x1024", "1792x1024", "1024x1792"} if model == "dall-e-3" else SIZES
        if fields.get("size", "auto") not in sizes and not model.startswith("gpt-image-2"):
            return error(400, f"Invalid value: '{fields['size']}'.", "invalid_value")
        if "forbidden" in fields["prompt"]:
            return error(400, "Your request was rejected by the safety system. safety_violations=[violence].",
                         "moderation_blocked", "image_generation_user_error")  # fmt: skip
        return None

    def generate(self, body: dict[str, Any]) -> Act:
        if fault := self.fault_of(body, KNOWN):
            return fault
        kind = body.get("output_format", "png")
        images = [painted(body["prompt"], 1000 + next(self._count), kind) for _ in range(self.count(body))]
        return self.done(body, images, "image_generation")

    def count(self, fields: dict[str, Any]) -> int:
        return self.gives.pop(0) if self.gives else int(fields.get("n", 1))

    def edit(self, received: Received) -> Act:
        parts = received.form()
        fields = {part.name: part.data.decode() for part in parts if part.filename is None}
        files = {part.name: part for part in parts if part.filename is not None}
        sent = [part for part in parts if part.name in ("image", "image[]")]
        if not sent:
            return error(400, "Missing required parameter: 'image'.", "missing_required_parameter")
        if len(sent) > 1 and any(part.name == "image" for part in sent):
            return error(400, "Duplicate parameter: 'image'. You provided multiple values", "duplicate_parameter")
        if fault := self.fault_of(fields, (KNOWN - {"moderation"}) | {"input_fidelity"}):
            return fault
        image = opened(sent[0].data)[..., :3]
        generated = pixels_of(fields["prompt"], 2000, image.shape[1], image.shape[0])
        if "mask" in files:
            mask = opened(files["mask"].data)
            if files["mask"].kind != "image/png" or mask.shape != (*image.shape[:2], 4):
                return error(400, "Invalid mask image format - mask size does not match image size", "invalid_image")
            generated = np.where(mask[..., 3:] == 0, generated, image)
        return self.done(
            {**fields, "stream": fields.get("stream") == "true"},
            [encoded(generated, fields.get("output_format", "png"))] * self.count(fields),
            "image_edit",
        )  # fmt: skip

    def done(self, body: dict[str, Any], images: list[bytes], name: str) -> Act:
        image, usage = images[0] if images else b"", self.usage(len(images))
        echo = {
            "size": body.get("size", "auto"),
            "quality": "high" if body.get("quality", "auto") == "auto" else body["quality"],
            "background": body.get("background", "opaque"),
            "output_format": body.get("output_format", "png"),
        }
        if body["model"] == "dall-e-3":
            row = {"b64_json": b64(image), "revised_prompt": f"A generation of {body['prompt']}"}
            return reply({"created": 1_760_000_000, "data": [row], **self.extra}, x_request_id="req_d")
        if body.get("stream"):
            shown = {"created_at": 1_760_000_000, **echo}
            events = [
                {"type": f"{name}.partial_image", "partial_image_index": at, "b64_json": b64(painted(seed=98)), **shown}
                for at in range(int(body.get("partial_images", 1)))
            ]
            events += [{"type": f"{name}.completed", "b64_json": b64(image), "usage": usage, **shown, **self.extra}]
            return sse(*events, names=[event["type"] for event in events], done=False, before=":\n\n")
        document = {
            "created": 1_760_000_000,
            "data": [{"b64_json": b64(one)} for one in images],
            **echo,
            "usage": usage,
            **self.extra,
        }
        return reply(document, x_request_id="req_1", openai_processing_ms="100")

    def usage(self, images: int) -> dict[str, Any]:
        """The tokens of a call: the words are read once, each image is generated."""
        out = USAGE["output_tokens"] * images
        return {**USAGE, "output_tokens": out, "total_tokens": USAGE["input_tokens"] + out}

    def chat(self, body: dict[str, Any]) -> Act:
        images = [part for part in body["messages"][0]["content"] if part["type"] == "image_url"]
        message = {"role": "assistant", "content": f"I see {len(images)} image.", "refusal": None}
        usage = {"prompt_tokens": 5, "completion_tokens": 5, "total_tokens": 10}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        return reply({"id": "chatcmpl-1", "model": body["model"] + "-2025-08-07", "choices": [choice], "usage": usage})


def images_reply(*images: bytes, **more: Any) -> Act:
    """A reply as given."""
    return reply({"created": 1, "data": [{"b64_json": b64(one)} for one in images], **more})


def error(status: int, message: str, code: str | None = None, kind: str = "invalid_request_error") -> Act:
    return reply({"error": {"message": message, "type": kind, "param": None, "code": code}}, status)
