"""Replicate's predictions as its client knows them: created, looked at, canceled; errors as problem details."""

from typing import Any

from tests.provider.servers.base import Act, Received, reply
from tests.provider.servers.images import data_url
from tests.provider.servers.jobs import Jobs, generated, taken

KEY = "r8_0123456789abcdefghijABCDEFGHIJ"
MODEL = "acme/painter"
VERSION = "5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa"
KNOWN = {
    "prompt", "negative_prompt", "seed", "width", "height", "num_inference_steps", "guidance_scale", "output_format",
    "image", "mask", "prompt_strength", "num_outputs",
}  # fmt: skip
SENSITIVE = "The input or output was flagged as sensitive. Please try again with different inputs. (E005)"
STATES = {"waiting": "starting", "running": "processing", "done": "succeeded", "cancelled": "canceled"}


class Replicate(Jobs):
    """``used`` is the seed that predictions use, whatever they are asked for; ``prefix`` is before all paths."""

    def __init__(self, *, prefix: str = "", key: str = KEY, **more: Any) -> None:
        super().__init__(**more)
        self.prefix, self.key = prefix, key
        self.used: int | None = None

    @property
    def base_url(self) -> str:
        return f"{self.url}/v1"

    def submits(self, received: Received) -> bool:
        return received.method == "POST" and received.path.endswith("/predictions")

    def handle(self, received: Received) -> Act:
        if received.headers.get("authorization") != f"Bearer {self.key}":
            return problem(401, "Unauthenticated", "You did not pass a valid authentication token")
        match (received.method, *received.path.removeprefix(f"{self.prefix}/v1/").split("/")):
            case ("POST", "models", owner, name, "predictions"):
                body = received.json()
                if f"{owner}/{name}" != MODEL:
                    return problem(404, "Not found", "The requested resource could not be found.")
                return self.create(received, body["input"])
            case ("POST", "predictions"):
                body = received.json()
                if body["version"] != VERSION:
                    return problem(422, "Invalid version or not permitted", "The specified version does not exist")
                return self.create(received, body["input"])
            case ("GET", "models", _, _, "versions", _):
                schemas = {"components": {"schemas": {"Output": {"type": "array"}}}}
                version = {"id": VERSION, "created_at": "2026-11-01T00:00:00Z", "cog_version": "0.16.0"}
                return reply({**version, "openapi_schema": schemas})
            case ("GET", "predictions", name) if name in self.jobs:
                return reply(self.document(name, received))
            case ("POST", "predictions", name, "cancel") if name in self.jobs:
                self.cancelled.append(name)
                return reply(self.document(name, received))
        return problem(404, "Not found", "The requested resource could not be found.")

    def create(self, received: Received, inputs: dict[str, Any]) -> Act:
        unknown = sorted(set(inputs) - KNOWN)
        if unknown:
            return problem(
                422, "Input validation failed", f"- input: Additional property {unknown[0]} is not allowed\n"
            )
        if not isinstance(inputs.get("prompt"), str):
            return problem(422, "Input validation failed", "- input: prompt is required\n")
        failing = {"error": SENSITIVE} if "forbidden" in inputs["prompt"] else {}
        name = self.new(input=inputs, **failing)
        if received.headers.get("prefer", "").startswith("wait"):
            self.looks[name] = 2
        return reply(self.document(name, received), 201)

    def document(self, name: str, received: Received) -> dict[str, Any]:
        job, at = self.jobs[name], self.at(received)
        state = STATES[self.state(name)]
        seed = job["input"].get("seed", 4242) if self.used is None else self.used
        output = None
        if state == "succeeded" and "error" in job:
            state = "failed"
        elif state == "succeeded":
            job.setdefault("output", None) or job.update(
                output=[self.file(generated(job["input"], "image", "mask", seed), at)]
            )
            output = job["output"]
        ended = "2026-11-27T10:00:03.2Z" if state in ("succeeded", "failed", "canceled") else None
        return {
            "id": name, "model": MODEL, "version": VERSION, "input": job["input"], "output": output,
            "logs": f"Using seed: {seed}\n 50%|█████     | 10/20\n" if state != "starting" else "",
            "error": job.get("error") if state == "failed" else None, "status": state, "data_removed": False,
            "created_at": "2026-11-27T10:00:00Z", "started_at": "2026-11-27T10:00:01Z", "completed_at": ended,
            "urls": {"get": f"{at}/v1/predictions/{name}", "cancel": f"{at}/v1/predictions/{name}/cancel"},
            "metrics": {"predict_time": 2.2, "total_time": 3.2} if ended else {},
        }  # fmt: skip


def problem(status: int, title: str, detail: str) -> Act:
    return reply({"title": title, "detail": detail, "status": status}, status)


def holding(*images: bytes, **more: Any) -> Act:
    """A prediction that was done at once, with these images."""
    return taken(
        lambda server, received: reply(
            {
                **server.document(server.new(input={"prompt": ""}), received), "status": "succeeded",
                "output": [data_url(one) for one in images], **more,
            },
            201,
        )
    )  # fmt: skip
