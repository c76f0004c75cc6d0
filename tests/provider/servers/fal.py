"""fal's queue as its client knows it: IN_QUEUE, IN_PROGRESS, COMPLETED, the result at an address of its own."""

from typing import Any

from tests.provider.servers.base import Act, Received, reply
from tests.provider.servers.images import data_url
from tests.provider.servers.jobs import Jobs, generated, taken

KEY = "0c7d1e2f-aaaa-bbbb:0123456789abcdef0123456789abcdef"
MODEL = "acme/painter/dev"
APP = "acme/painter"
KNOWN = {
    "prompt", "negative_prompt", "seed", "image_size", "num_inference_steps", "guidance_scale", "output_format",
    "image_url", "mask_url", "strength", "num_images", "sync_mode",
}  # fmt: skip
FLAGGED = {
    "loc": ["body", "prompt"],
    "msg": "The content could not be processed because it contained material flagged by a content checker.",
    "type": "content_policy_violation",
    "url": "https://docs.fal.ai/errors#content_policy_violation",
    "ctx": {"extra_info": {"partner_validation_failed": False}},
}


class Fal(Jobs):
    """``used`` is the seed that requests use, whatever they are asked for; ``prefix`` is before all paths."""

    def __init__(self, *, prefix: str = "", scheme: str = f"Key {KEY}", **more: Any) -> None:
        super().__init__(**more)
        self.prefix, self.scheme = prefix, scheme
        self.used: int | None = None

    @property
    def base_url(self) -> str:
        return self.url

    def submits(self, received: Received) -> bool:
        return received.method == "POST"

    def handle(self, received: Received) -> Act:
        if received.headers.get("authorization") != self.scheme:
            return reply({"detail": "Cannot access application. Authentication is required to access this app."}, 401)
        path = received.path.removeprefix(f"{self.prefix}/")
        head, _, rest = path.partition("/requests/")
        if not rest and received.method == "POST":
            return self.submit(received, path)
        name, _, what = rest.partition("/")
        if head != APP or name not in self.jobs:
            return reply({"detail": "Request not found"}, 404)
        match (received.method, what):
            case ("GET", "status"):
                return self.status(name, received)
            case ("GET", ""):
                return self.result(name, received)
            case ("PUT", "cancel"):
                if self.state(name) == "done":
                    return reply({"status": "ALREADY_COMPLETED"}, 400)
                self.cancelled.append(name)
                return reply({"status": "CANCELLATION_REQUESTED"}, 202)
        return reply({"detail": "Method Not Allowed"}, 405)

    def submit(self, received: Received, model: str) -> Act:
        if model != MODEL:
            return reply({"detail": f'Application "{model.partition("/")[2]}" not found'}, 404)
        return reply(self.ticket(self.new(input=received.json()), received))

    def ticket(self, name: str, received: Received) -> dict[str, Any]:
        at = f"{self.at(received)}/{APP}/requests/{name}"
        return {
            "status": "IN_QUEUE", "request_id": name, "response_url": at, "status_url": f"{at}/status",
            "cancel_url": f"{at}/cancel", "logs": None, "metrics": {}, "queue_position": 0,
        }  # fmt: skip

    def status(self, name: str, received: Received) -> Act:
        ticket, state = self.ticket(name, received), self.state(name)
        if state == "waiting":
            return reply(ticket, 202)
        ticket.pop("queue_position")
        if state == "running":
            return reply({**ticket, "status": "IN_PROGRESS"}, 202)
        failing = {}
        if state == "cancelled":
            failing = {"error": "Request was cancelled", "error_type": "client_cancelled"}
        elif "forbidden" in self.jobs[name]["input"].get("prompt", ""):
            failing = {"error": "Unprocessable Entity", "error_type": "bad_request"}
        return reply({**ticket, "status": "COMPLETED", "metrics": {"inference_time": 1.25}, **failing})

    def result(self, name: str, received: Received) -> Act:
        job = self.jobs[name]
        if "result" in job:
            return reply(job["result"], x_fal_billable_units="1")
        inputs = job["input"]
        unknown = sorted(set(inputs) - KNOWN)
        if "prompt" not in inputs:
            missing = {"loc": ["body", "prompt"], "msg": "field required", "type": "value_error.missing"}
            return reply({"detail": [missing]}, 422)
        if unknown:
            extra = {"loc": ["body", unknown[0]], "msg": "extra fields not permitted", "type": "value_error.extra"}
            return reply({"detail": [extra]}, 422)
        if "forbidden" in inputs["prompt"]:
            return reply({"detail": [FLAGGED]}, 422)
        seed = inputs.get("seed", 4242) if self.used is None else self.used
        size = inputs.get("image_size") or {"width": 64, "height": 64}
        image = generated({**inputs, **size}, "image_url", "mask_url", seed)
        shown = {"url": self.file(image, self.at(received)), **size, "content_type": "image/png"}
        document = {
            "images": [shown], "timings": {"inference": 1.2}, "seed": seed, "prompt": inputs["prompt"],
            "has_nsfw_concepts": ["naked" in inputs["prompt"]],
        }  # fmt: skip
        return reply(document, x_fal_billable_units="1")


def holding(*images: bytes, **more: Any) -> Act:
    """A request whose result holds these images."""
    document = {"images": [{"url": data_url(one), "content_type": "image/png"} for one in images], **more}
    return taken(lambda server, received: reply(server.ticket(server.new(input={}, result=document), received)))
