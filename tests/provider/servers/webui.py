"""Stable Diffusion web UI: txt2img, img2img, progress and interrupt, with info as JSON inside JSON."""

import base64
import json
import threading
from typing import Any

import numpy as np

from tests.provider.servers.base import Act, Connection, Loopback, Received, reply
from tests.provider.servers.images import b64, encoded, opened, pixels_of

SAMPLERS = ("Euler a", "DPM++ 2M")
CHECKPOINTS = {"v1-5": "6ce0161689", "other": "0123456789"}


class WebUI(Loopback):
    """``requests`` holds the calls that generate, ``others`` everything else. While ``gate`` is clear, an image that
    was begun waits (one in ``released`` does not), and those that came after it stay in the queue. ``interrupts``
    names the task that each interrupt hit. ``most_steps`` clamps steps; ``auth`` is ``user:password``; one that is not
    ``with_page`` was started with --nowebui, and has nothing below /internal. Its shapes are those of Forge's
    modules/progress.py and modules/api."""

    def __init__(self, *, auth: str | None = None, most_steps: int = 150, with_page: bool = True) -> None:
        super().__init__(self.handle)
        self.auth, self.most_steps, self.with_page = auth, most_steps, with_page
        self.turn = threading.Lock()
        self.current_task: str | None = None
        self.pending: list[str] = []
        self.finished: list[str] = []
        self.interrupts: list[str | None] = []
        self.released: set[str | None] = set()
        self.others: list[Received] = []
        self.gate = threading.Event()
        self.gate.set()
        self.generation = threading.Event()
        self.interrupted = threading.Event()
        self.job = ""
        self.loaded = "v1-5"

    def take(self, received: Received) -> Act:
        if received.path.endswith("2img"):
            return super().take(received)
        self.others.append(received)
        return self.answer(received)

    def handle(self, received: Received) -> Act:
        if self.auth is not None:
            wanted = "Basic " + b64(self.auth.encode())
            if received.headers.get("authorization") != wanted:
                return reply({"detail": "Incorrect username or password"}, 401)
        match received.path:
            case "/sdapi/v1/txt2img" | "/sdapi/v1/img2img":
                return self.generate(received)
            case "/internal/progress" if self.with_page:
                return reply(self.progress(received.json()["id_task"]))
            case "/sdapi/v1/progress":
                state = {"job": self.job, "job_count": int(self.generation.is_set()), "interrupted": False}
                parsed = {"progress": 0.4, "eta_relative": 1.0, "state": state, "current_image": None}
                return reply(parsed | {"textinfo": None, "current_task": None})
            case "/sdapi/v1/interrupt":
                self.interrupts.append(self.current_task)
                self.interrupted.set()
                return reply({})
        return reply({"detail": "Not Found"}, 404)

    def generate(self, received: Received) -> Act:
        body = received.json()
        if not isinstance(body.get("prompt"), str):
            return reply({"detail": [{"loc": ["body", "prompt"], "msg": "str type expected"}]}, 422)
        if body.get("sampler_name", SAMPLERS[0]) not in SAMPLERS:
            return reply({"detail": "Sampler not found"}, 404)
        if body["width"] > 4096:
            parsed = {"error": "OutOfMemoryError", "detail": "", "body": "", "errors": "CUDA out of memory. Tried …"}
            return reply(parsed, 500)
        kind = received.path.rpartition("/")[2]
        task = body.get("force_task_id") or f"task({kind}-{len(self.requests):07})"

        def act(connection: Connection) -> None:
            self.pending.append(task)
            with self.turn:
                self.interrupted.clear()
                self.job, self.current_task = f"scripts_{kind}", task
                self.pending.remove(task)
                self.generation.set()
                while not self.gate.wait(0.002):
                    if self.interrupted.is_set() or self.stopping.is_set() or task in self.released:
                        break
                self.generation.clear()
                self.current_task = None
                self.finished = [*self.finished, task][-16:]
            reply(self.document(body, kind))(connection)

        return act

    def progress(self, task: str) -> dict[str, Any]:
        """The state of a task, as /internal/progress says it."""
        active, queued = task == self.current_task, task in self.pending
        state = {"active": active, "queued": queued, "completed": task in self.finished}
        running = {"progress": 0.4, "eta": 1.0, "id_live_preview": -1, "textinfo": None}
        waiting = {"progress": None, "eta": None, "id_live_preview": -1, "textinfo": "Waiting..."}
        return state | (running if active else waiting) | {"live_preview": None}

    def document(self, body: dict[str, Any], kind: str) -> dict[str, Any]:
        seed = body.get("seed", -1)
        used = 1234567 if seed == -1 else seed
        asked = body.get("override_settings", {}).get("sd_model_checkpoint")
        # a name that it does not know is passed over
        name = next((name for name in CHECKPOINTS if asked and name in asked), self.loaded)
        generated = pixels_of(body["prompt"], used, body["width"], body["height"])
        if kind == "img2img":
            image = opened(base64.b64decode(body["init_images"][0]))[..., :3]
            generated = pixels_of(body["prompt"], used + 500, image.shape[1], image.shape[0])
            if "mask" in body:
                mask = opened(base64.b64decode(body["mask"]))
                white = mask if mask.ndim == 2 else mask[..., 0]
                generated = np.where(white[..., None] >= 128, generated, image)
        steps = min(body.get("steps", 20), self.most_steps)
        info = {
            "prompt": body["prompt"], "all_prompts": [body["prompt"]], "seed": used, "all_seeds": [used],
            "width": body["width"], "height": body["height"], "sampler_name": body.get("sampler_name", SAMPLERS[0]),
            "cfg_scale": body.get("cfg_scale", 7.0), "steps": steps, "batch_size": 1, "sd_model_name": name,
            "sd_model_hash": CHECKPOINTS[name], "sd_vae_name": None, "sd_vae_hash": None,
            "denoising_strength": body.get("denoising_strength", 0.75 if kind == "img2img" else None),
            "extra_generation_params": {"Schedule type": body.get("scheduler", "Automatic")},
            "infotexts": [f"{body['prompt']}\nSteps: {steps}, Seed: {used}"],
            "job_timestamp": "20261122120000", "version": "v1.10.1",
        }  # fmt: skip
        return {"images": [b64(encoded(generated))], "parameters": body, "info": json.dumps(info)}


def holding(*images: bytes, **more: Any) -> Act:
    """A reply with these images."""
    return reply({"images": [b64(one) for one in images], "parameters": {}, "info": "{}", **more})
