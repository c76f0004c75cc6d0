"""Hugging Face's hub (which vendor has a model under which name) and its router, before seven vendors of images."""

import base64
import json
from dataclasses import replace
from typing import Any

from tests.provider.servers import fal, replicate
from tests.provider.servers.base import Act, Received, raw, reply
from tests.provider.servers.images import b64, data_url
from tests.provider.servers.jobs import Jobs, generated

KEY = "hf_0123456789abcdefghijABCDEFGHIJklmn"
MODEL = "acme/painter"
EDITOR = "acme/painter-edit"
IDS = {
    "fal-ai": fal.MODEL, "hf-inference": MODEL, "nscale": "acme/painter-nscale", "replicate": replicate.MODEL,
    "together": "acme/painter-together", "wavespeed": "acme/painter-wave", "zai-org": "painter-z",
}  # fmt: skip
"""The name of the model at each vendor."""
EDITORS = ("fal-ai", "hf-inference", "replicate", "together", "wavespeed")


class HuggingFace(Jobs):
    """``hub`` holds the calls to the hub. The vendors' results are files of this server."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.hub: list[Received] = []
        self.parts: dict[str, Any] = {
            "replicate": replicate.Replicate(prefix="/replicate", key=KEY, **more),
            "fal-ai": fal.Fal(prefix="/fal-ai", scheme=f"Bearer {KEY}", **more),
        }
        for part in self.parts.values():
            part.files, part.gate, part.cancelled = self.files, self.gate, self.cancelled
            # its port is not listened at: what it answers goes through this server
            part._server.server_close()
        self.mapping = {name: {"providerId": IDS[name], "status": "live"} for name in IDS}

    @property
    def base_url(self) -> str:
        return self.url

    def submits(self, received: Received) -> bool:
        return received.method == "POST" and not received.path.endswith("/cancel")

    def take(self, received: Received) -> Act:
        if received.path.startswith("/api/"):
            self.hub.append(received)
            return self.described(received.path.removeprefix("/api/models/"))
        return super().take(received)

    def described(self, model: str) -> Act:
        if model not in (MODEL, EDITOR):
            return reply({"error": "Repository not found"}, 404, x_error_code="RepoNotFound")
        task = "text-to-image" if model == MODEL else "image-to-image"
        rows = [
            {"provider": name, **entry, **({"providerId": model} if name == "hf-inference" else {}), "task": task}
            for name, entry in self.mapping.items()
            if model == MODEL or name in EDITORS
        ]
        return reply({"_id": "1", "id": model, "pipeline_tag": task, "tags": [], "inferenceProviderMapping": rows})

    def handle(self, received: Received) -> Act:
        if received.headers.get("authorization") != f"Bearer {KEY}":
            return reply({"error": "Invalid username or password."}, 401)
        vendor, _, path = received.path.strip("/").partition("/")
        body = received.json() if received.body else {}
        match vendor:
            case "replicate":
                body = {"input": _first_image(body.get("input", {}))}
                return self.parts[vendor].handle(_with(received, body) if received.method == "POST" else received)
            case "fal-ai":
                return self.fal(received, _first_image(body))
            case "hf-inference":
                return self.own(received, path)
            case "nscale" | "together":
                return self.images(vendor, body)
            case "wavespeed":
                return self.wavespeed(received, path, body)
            case "zai-org":
                return self.zai(received, path, body)
        return reply({"error": "Not Found"}, 404)

    def fal(self, received: Received, body: dict[str, Any]) -> Act:
        part = self.parts["fal-ai"]
        received = _with(received, body) if received.method == "POST" else received
        if received.method != "POST" or received.query.get("_subdomain") == "queue":
            return part.handle(received)
        if received.path != f"/fal-ai/{fal.MODEL}":
            return reply({"detail": "Application not found"}, 404)
        return part.result(part.new(input=body), received)

    def own(self, received: Received, path: str) -> Act:
        if path not in (f"models/{MODEL}", f"models/{EDITOR}"):
            return reply({"error": "Model not found"}, 404)
        body = received.json()
        asked = body["parameters"]
        if path.endswith("-edit"):
            given = data_url(base64.b64decode(body["inputs"]))
            image = generated({"image": given, "prompt": asked["prompt"]}, "image", "", asked.get("seed", 4242))
            return raw(image, "image/png", x_request_id="r1")
        if "forbidden" in body["inputs"]:
            return reply({"error": "The prompt was flagged by the content filter"}, 400)
        return raw(generated({"prompt": body["inputs"], **asked}, "", "", asked.get("seed", 4242)), "image/png")

    def images(self, vendor: str, body: dict[str, Any]) -> Act:
        """nscale and together: the images API, each in its own way."""
        if body["model"] != IDS[vendor]:
            return reply(
                {"error": {"message": f"Unable to access model {body['model']}", "type": "invalid_request"}}, 404
            )
        known = {"model", "prompt", "response_format", "seed", "size", "negative_prompt", "n"}
        if vendor == "together":
            known = known - {"size"} | {"width", "height", "steps", "guidance_scale", "reference_images"}
        if unknown := sorted(set(body) - known):
            return reply({"error": {"message": f"Unrecognized request argument: {unknown[0]}"}}, 400)
        if "forbidden" in body["prompt"]:
            return reply({"error": {"message": "Input contains NSFW content", "code": "nsfw_content"}}, 422)
        sides = [int(side) for side in body.get("size", "64x64").split("x")]
        shape = {"width": body.get("width", sides[0]), "height": body.get("height", sides[1])}
        given = {"image": body["reference_images"][0]} if body.get("reference_images") else {}
        image = generated({"prompt": body["prompt"], **shape, **given}, "image", "", body.get("seed", 4242))
        row = {"b64_json": b64(image), **({"index": 0, "timings": {"inference": 0.4}} if vendor == "together" else {})}
        return reply({"id": "o1", "created": 1, "model": body["model"], "object": "list", "data": [row]})

    def wavespeed(self, received: Received, path: str, body: dict[str, Any]) -> Act:
        if received.method == "POST":
            if path != f"api/v3/{IDS['wavespeed']}":
                return reply({"code": 404, "message": "product not found"}, 404)
            name = self.new(input=body)
        else:
            name = path.split("/")[-2]
        job, state = self.jobs[name]["input"], self.state(name)
        done, failed = state == "done", state == "done" and "forbidden" in job["prompt"]
        image = {"image": job["image"]} if "image" in job else {}
        outputs = []
        if done and not failed:
            outputs = [self.file(generated({**job, **image}, "image", "", job.get("seed", 4242)), self.at(received))]
        data = {
            "id": name, "model": IDS["wavespeed"], "outputs": outputs, "has_nsfw_contents": [False] * len(outputs),
            "urls": {"get": f"https://api.wavespeed.ai/api/v3/predictions/{name}/result"},
            "status": "failed" if failed else "completed" if done else "processing", "timings": {"inference": 431},
            "created_at": "2026-11-27T10:00:00Z",
            "error": "Content flagged as potentially sensitive. Please try different prompts." if failed else "",
        }  # fmt: skip
        return reply({"code": 200, "message": "success", "data": data})

    def zai(self, received: Received, path: str, body: dict[str, Any]) -> Act:
        if path == "api/paas/v4/async/images/generations":
            if body["model"] != IDS["zai-org"]:
                return reply({"error": {"code": "1211", "message": f"Unknown Model {body['model']}"}}, 400)
            if "forbidden" in body["prompt"]:
                return reply({"error": {"code": "1301", "message": "unsafe or sensitive content flagged"}}, 400)
            name = self.new(input=body)
            return reply({"id": name, "model": body["model"], "request_id": f"r{name}", "task_status": "PROCESSING"})
        name = path.rpartition("/")[2]
        job = self.jobs[name]["input"]
        if self.state(name) != "done":
            return reply({"id": name, "model": job["model"], "request_id": f"r{name}", "task_status": "PROCESSING"})
        sides = [int(side) for side in job.get("size", "64x64").split("x")]
        shape = {"width": sides[0], "height": sides[1]}
        image = self.file(generated({**job, **shape}, "", "", job.get("seed", 4242)), self.at(received))
        return reply({"id": name, "model": job["model"], "request_id": f"r{name}", "task_status": "SUCCESS",
                      "image_result": [{"url": image}]})  # fmt: skip


def _first_image(body: dict[str, Any]) -> dict[str, Any]:
    """The body without the further names under which the hub's client sends the same image."""
    more = ("images", "input_image", "input_images", "image_urls", "target_size")
    return {name: value for name, value in body.items() if name not in more}


def _with(received: Received, body: dict[str, Any]) -> Received:
    return replace(received, body=json.dumps(body).encode())


def holding(*images: bytes, **more: Any) -> Act:
    """A reply of together with these images."""
    rows = [{"b64_json": b64(one)} for one in images]
    return reply({"id": "o1", "created": 1, "model": IDS["together"], "object": "list", "data": rows, **more})
