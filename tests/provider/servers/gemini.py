"""Google's ``generateContent`` as its reference has it."""

import base64
import re
from typing import Any

from tests.provider.servers.base import Act, Loopback, Received, reply
from tests.provider.servers.images import b64, painted

KEY = "AIzaSy0123456789abcdefghij"
MODELS = ("gemini-3.1-flash-image", "gemini-3-pro-image", "gemini-2.5-flash-image", "gemini-3.5-flash")
RATIOS = {"1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9"}


class Gemini(Loopback):
    """``extra`` are more fields of every reply."""

    def __init__(self) -> None:
        super().__init__(self.handle)
        self.extra: dict[str, Any] = {}

    @property
    def base_url(self) -> str:
        return f"{self.url}/v1beta"

    def handle(self, received: Received) -> Act:
        if received.headers.get("x-goog-api-key") != KEY:
            return error(400, "API key not valid. Please pass a valid API key.", "INVALID_ARGUMENT")
        found = re.fullmatch(r"/v1(?:beta)?/models/([^/:]+):generateContent", received.path)
        if found is None or found[1] not in MODELS:
            name = found[1] if found else received.path
            return error(404, f"models/{name} is not found for API version v1beta.", "NOT_FOUND")
        model, body = found[1], received.json()
        parts = body["contents"][0]["parts"]
        prompt = "".join(part.get("text", "") for part in parts)
        sent = [base64.b64decode(part["inlineData"]["data"], validate=True) for part in parts if "inlineData" in part]
        config = body.get("generationConfig", {})
        shape = config.get("imageConfig", {})
        if set(config) - {"seed", "responseModalities", "imageConfig", "temperature"}:
            return error(400, "Invalid JSON payload received. Unknown name", "INVALID_ARGUMENT")
        if model.startswith("gemini-2.5") and "imageSize" in shape:
            return error(400, "imageSize is not supported for this model", "INVALID_ARGUMENT")
        if shape and (shape["aspectRatio"] not in RATIOS or shape.get("imageSize", "1K") not in ("1K", "2K", "4K")):
            return error(400, "imageConfig is invalid", "INVALID_ARGUMENT")
        if not -(2**31) <= config.get("seed", 0) < 2**31:
            return error(400, "Invalid value at 'generation_config.seed' (TYPE_INT32)", "INVALID_ARGUMENT")
        if "forbidden" in prompt:
            return content_reply([], prompt_feedback={"blockReason": "PROHIBITED_CONTENT"})
        if "responseModalities" not in config:
            return content_reply([{"text": f"I see {len(sent)} image."}], **self.extra)
        image = painted(prompt, config.get("seed", 4242) + 100 * len(sent))
        return content_reply(
            [
                {"thought": True, "inlineData": {"mimeType": "image/png", "data": b64(painted(seed=97))}},
                {"inlineData": {"mimeType": "image/png", "data": b64(image)}, "thoughtSignature": "c2ln"},
            ],
            model=model,
            **self.extra,
        )


def content_reply(
    parts: list[dict[str, Any]],
    finish: str | None = "STOP",
    model: str = MODELS[0],
    prompt_feedback: dict[str, Any] | None = None,
    **more: Any,
) -> Act:
    """A reply as given."""
    usage = {
        "promptTokenCount": 8,
        "candidatesTokenCount": 1290,
        "totalTokenCount": 1298,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 8}],
        "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": 1290}],
    }
    document: dict[str, Any] = {"usageMetadata": usage, "modelVersion": model, "responseId": "r1", **more}
    if prompt_feedback is not None:
        return reply({**document, "promptFeedback": prompt_feedback})
    candidate = {"content": {"parts": parts, "role": "model"}, "finishReason": finish, "index": 0}
    return reply({**document, "candidates": [candidate]})


def error(code: int, message: str, status: str) -> Act:
    return reply({"error": {"code": code, "message": message, "status": status}}, code)
