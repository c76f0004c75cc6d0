"""Servers that speak OpenAI's images API with names of their own: vllm-omni, sd-server, LocalAI."""

import json
import re
from typing import Any

import numpy as np

from tests.provider.servers.base import Act, Loopback, Received, raw, reply
from tests.provider.servers.images import b64, encoded, opened, painted, pixels_of

EXTRA = re.compile(r"\s*<sd_cpp_extra_args>(.*?)</sd_cpp_extra_args>", re.DOTALL)


class Compatible(Loopback):
    """``links`` gives images by URL: ``relative``, ``absolute``, or None for base64 inside the reply; ``key`` is the
    key that is wanted, if any."""

    def __init__(self, *, links: str | None = None, key: str | None = None) -> None:
        super().__init__(self.handle)
        self.links, self.key = links, key
        self.kept: dict[str, bytes] = {}
        self.extra: dict[str, Any] = {}

    @property
    def base_url(self) -> str:
        return f"{self.url}/v1"

    def handle(self, received: Received) -> Act:
        if self.key is not None and received.headers.get("authorization") != f"Bearer {self.key}":
            return reply({"error": "Unauthorized"}, 401)
        if received.method == "GET" and received.path in self.kept:
            return raw(self.kept[received.path], "image/png")
        if received.path == "/v1/images/generations":
            body = received.json()
        elif received.path == "/v1/images/edits":
            return self.edit(received)
        else:
            return reply({"detail": "Not Found"}, 404)
        if not isinstance(body.get("prompt"), str):
            return reply({"detail": [{"loc": ["body", "prompt"], "msg": "field required"}]}, 422)
        if body.get("model") == "nowhere":
            return reply({"detail": "Model mismatch: model nowhere not found"}, 404)
        width, height = map(int, body["size"].split("x"))
        found = EXTRA.search(body["prompt"])
        extra = json.loads(found[1]) if found else {}
        prompt = EXTRA.sub("", body["prompt"])
        seed = body.get("seed", extra.get("seed", 4242))
        return self.done(painted(prompt.partition("|")[0], seed, body.get("output_format") or "png", width, height))

    def edit(self, received: Received) -> Act:
        parts = received.form()
        fields = {part.name: part.data.decode() for part in parts if part.filename is None}
        files = {part.name: opened(part.data) for part in parts if part.filename is not None}
        image = files["image"][..., :3]
        generated = pixels_of(fields["prompt"], int(fields.get("seed", 0)) + 500, image.shape[1], image.shape[0])
        mask = files.get("mask_image")
        if mask is not None:
            white = mask if mask.ndim == 2 else mask[..., 0]
            generated = np.where(white[..., None] >= 128, generated, image)
        return self.done(encoded(generated))

    def done(self, image: bytes) -> Act:
        row: dict[str, Any] = {"b64_json": b64(image), "url": None, "revised_prompt": None}
        if self.links is not None:
            path = f"/v1/images/{len(self.kept)}/content"
            self.kept[path] = image
            row = {"b64_json": None, "url": path if self.links == "relative" else f"{self.url}{path}"}
        return reply({"created": 1, "data": [row], **self.extra})
