"""A ComfyUI server: a queue with one worker, nodes, a memory of what it computed, history, uploads."""

import json
import threading
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np

from harness.provider.server.comfyui_source import FRESH
from tests.provider.servers.base import Act, Loopback, Received, raw, reply
from tests.provider.servers.images import encoded, opened, pixels_of

CHECKPOINTS = ("painter.safetensors", "other.safetensors")
HANDED: dict[str, tuple[tuple[bytes, ...], dict[str, Any]]] = {}
"""Images that a reply was reported to hold, by the job it names."""

TEXT_TO_IMAGE: dict[str, Any] = {
    "3": {
        "class_type": "KSampler",
        "inputs": {
            "seed": 5, "steps": 20, "cfg": 7.0, "sampler_name": "euler", "scheduler": "normal", "denoise": 1.0,
            "model": ["4", 0], "positive": ["6", 0], "negative": ["7", 0], "latent_image": ["5", 0],
        },
        "_meta": {"title": "KSampler"},
    },
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": CHECKPOINTS[0]}},
    "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 512, "height": 512, "batch_size": 1}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "", "clip": ["4", 1]}, "_meta": {"title": "Positive"}},
    "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "bad", "clip": ["4", 1]}, "_meta": {"title": "Negative"}},
    "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
    "9": {"class_type": "SaveImage", "inputs": {"filename_prefix": "ComfyUI", "images": ["8", 0]}},
}  # fmt: skip
"""The workflow that the editor begins with."""
SLOTS: dict[str, Any] = {
    "prompt": "6.inputs.text", "negative_prompt": "7.inputs.text", "seed": "3.inputs.seed", "steps": "3.inputs.steps",
    "guidance": "3.inputs.cfg", "width": "5.inputs.width", "height": "5.inputs.height", "model": "4.inputs.ckpt_name",
}  # fmt: skip
EDITOR = json.loads(Path(__file__).with_name("comfyui_editor.json").read_text())
"""Workflows as the editor saved them (frontend 1.35.9), each with what its Export (API) made of it, and what ComfyUI
0.8.0 says of their nodes (``info``, with fewer checkpoints, samplers and words)."""
OUTPUTS = {"SaveImage", "PreviewImage", "SaveImageWebsocket"}
KINDS = OUTPUTS | {
    "CheckpointLoaderSimple", "CLIPTextEncode", "EmptyLatentImage", "PrimitiveInt", "KSampler", "VAEDecode",
    "PaintScene", "Crash",
}  # fmt: skip
PAINTING = str(Path(__file__).with_name("painting.json"))
"""A workflow with one node of an extension, which takes images too."""
PAINTING_SLOTS = {
    "prompt": "2.text", "seed": "2.seed", "width": "2.width", "height": "2.height", "input_image": "2.image",
    "mask": "2.mask", "model": "1.ckpt_name",
}  # fmt: skip


class Interrupted(Exception):
    pass


class Comfy(Loopback):
    """``requests`` holds the submissions alone, ``others`` everything else; what is scripted answers submissions.

    While ``gate`` is clear, a job that has begun waits. ``old``: a server that names jobs itself and interrupts
    whatever runs. ``lists_skipped``: the images of nodes that it skips are in the history. ``declared``: what it does
    with an input that no node declares: ``any`` makes a node another one (as ComfyUI 0.8.0 does), ``ignored`` does
    not, ``refused`` fails the job.
    """

    def __init__(self, *, old: bool = False, lists_skipped: bool = False, declared: str = "any") -> None:
        super().__init__(self.handle)
        self.old, self.lists_skipped, self.declared = old, lists_skipped, declared
        self.others: list[Received] = []
        self.gate = threading.Event()
        self.gate.set()
        self.forget()
        self.executed: list[str] = []
        self.interrupts: list[str] = []
        self.clears = 0
        self.loads = 0
        self.forgets_late = 0
        self._number = 0
        threading.Thread(target=self._work, daemon=True).start()

    def forget(self) -> None:
        """What a restart does."""
        self.pending: list[tuple[int, str, dict[str, Any]]] = []
        self.running: tuple[int, str, dict[str, Any]] | None = None
        self.history: dict[str, Any] = {}
        self.files: dict[tuple[str, str], bytes] = {}
        self.memory: dict[str, Any] = {}
        self.stop_it = False

    def take(self, received: Received) -> Act:
        if received.path == "/prompt":
            return super().take(received)
        self.others.append(received)
        return self.answer(received)

    def handle(self, received: Received) -> Act:
        match received.path.strip("/").split("/"):
            case ["prompt"]:
                return self.submit(received.json())
            case ["history", prompt]:
                if prompt in HANDED and prompt not in self.history:
                    self.history[prompt] = self._handed(prompt)
                return reply({prompt: self.history[prompt]} if prompt in self.history else {})
            case ["queue"] if received.method == "GET":
                running = [] if self.running is None else [[*self.running, {}, []]]
                return reply({"queue_running": running, "queue_pending": [[*job, {}, []] for job in self.pending]})
            case ["queue"]:
                gone = received.json()["delete"]
                self.pending = [job for job in self.pending if job[1] not in gone]
                return raw(b"", "text/plain")
            case ["interrupt"]:
                read_settings = json.loads(received.body or b"{}").get("prompt_id")
                self.interrupts.append(read_settings)
                self.stop_it = self.old or (self.running is not None and self.running[1] == read_settings)
                return raw(b"", "text/plain")
            case ["free"]:
                self.clears += 1
                if self.forgets_late:
                    self.forgets_late -= 1
                else:
                    self.memory = {}
                return raw(b"", "text/plain")
            case ["upload", "image"]:
                [part] = [part for part in received.form() if part.filename]
                self.files["input", part.filename] = part.data
                return reply({"name": part.filename, "subfolder": "", "type": "input"})
            case ["view"]:
                found = self.files.get((received.query["type"], received.query["filename"]))
                return raw(b"", "text/plain", 404) if found is None else raw(found, "image/png")
            case ["object_info", kind]:
                info = EDITOR["info"].get(unquote(kind))
                return reply({} if info is None else {unquote(kind): info})
            case ["system_stats"]:
                system = {"comfyui_version": "0.3.75", "pytorch_version": "2.9.0+cu128", "python_version": "3.12.3 (x)",
                          "argv": ["main.py", "--deterministic"]}  # fmt: skip
                return reply({"system": system, "devices": [{"name": "cuda:0 Test GPU", "type": "cuda"}]})
        return raw(b"404: Not Found", "text/plain", 404)

    def submit(self, body: Mapping[str, Any]) -> Act:
        graph = body["prompt"]
        for node, entry in graph.items():
            if entry["class_type"] not in KINDS:
                return reply({"error": _whole(f"Cannot execute because node {entry['class_type']} does not exist.",
                                              f"Node ID '#{node}'"), "node_errors": {}}, 400)  # fmt: skip
        if not {entry["class_type"] for entry in graph.values()} & OUTPUTS:
            error = {**_whole("Prompt has no outputs"), "type": "prompt_no_outputs"}
            return reply({"error": error, "node_errors": {}}, 400)
        errors = {node: found for node, entry in graph.items() if (found := _invalid(entry))}
        if errors:
            refusal = {"type": "prompt_outputs_failed_validation", "message": "Prompt outputs failed validation",
                       "details": "", "extra_info": {}}  # fmt: skip
            return reply({"error": refusal, "node_errors": errors}, 400)
        prompt = str(uuid.uuid4()) if self.old else body.get("prompt_id") or str(uuid.uuid4())
        self._number += 1
        self.pending.append((self._number, prompt, graph))
        return reply({"prompt_id": prompt, "number": self._number, "node_errors": {}})

    def _work(self) -> None:
        while not self.stopping.wait(0.002):
            if self.pending:
                self.running, self.stop_it = self.pending.pop(0), False
                number, prompt, graph = self.running
                done = self._executed(prompt, graph)
                if self.running is not None and self.running[0] == number:
                    self.history[prompt], self.running = done, None

    def _executed(self, prompt: str, graph: dict[str, Any]) -> dict[str, Any]:
        signs = {node: _signature(graph, node, self.declared) for node in graph}
        cached = [node for node in graph if signs[node] in self.memory]
        parsed: list[Any] = [["execution_start", {"prompt_id": prompt, "timestamp": 1000}],
                           ["execution_cached", {"nodes": cached, "prompt_id": prompt, "timestamp": 1001}]]  # fmt: skip
        values: dict[str, Any] = {node: self.memory[signs[node]] for node in cached}
        outputs: dict[str, Any] = {}
        ok = True
        at = ""
        try:
            for node in _ordered(graph):
                at = node
                if node not in values:
                    self._wait()
                    values[node] = self._node(node, graph[node], values)
                    self.executed.append(graph[node]["class_type"])
                if isinstance(values[node], dict) and (self.lists_skipped or node not in cached):
                    outputs[node] = values[node]
            parsed.append(["execution_success", {"prompt_id": prompt, "timestamp": 1250}])
        except Interrupted:
            ok = False
            parsed.append(["execution_interrupted", {"node_id": at, "node_type": graph[at]["class_type"]}])
        except Exception as error:
            ok = False
            parsed.append(["execution_error", {"node_id": at, "node_type": graph[at]["class_type"],
                         "exception_type": type(error).__name__, "exception_message": f"{error}\n"}])  # fmt: skip
        self.memory = {signs[node]: value for node, value in values.items()}
        status = {"status_str": "success" if ok else "error", "completed": ok, "messages": parsed}
        meta = {node: {"node_id": node, "display_node": node, "parent_node": None, "real_node_id": node}
                for node in outputs}  # fmt: skip
        return {"prompt": [1, prompt, graph, {}, []], "outputs": outputs, "status": status, "meta": meta}

    def _wait(self) -> None:
        while not self.gate.wait(0.002):
            if self.stop_it or self.stopping.is_set():
                raise Interrupted

    def _node(self, node: str, entry: Mapping[str, Any], values: Mapping[str, Any]) -> Any:
        inputs = {
            name: values[value[0]] if isinstance(value, list) else value for name, value in entry["inputs"].items()
        }
        if FRESH in inputs and self.declared == "refused":
            raise TypeError(f"{entry['class_type']} got an unexpected keyword argument '{FRESH}'")
        match entry["class_type"]:
            case "CheckpointLoaderSimple":
                self.loads += 1
                return inputs["ckpt_name"]
            case "CLIPTextEncode":
                return inputs["text"]
            case "EmptyLatentImage":
                return [(inputs["width"], inputs["height"])] * inputs.get("batch_size", 1)
            case "PrimitiveInt":
                return inputs["value"]
            case "KSampler":
                return [
                    pixels_of(inputs["positive"], inputs["seed"] + index, *size)
                    for index, size in enumerate(inputs["latent_image"])
                ]
            case "VAEDecode":
                return inputs["samples"]
            case "PaintScene":
                return [self._painted(inputs)]
            case "SaveImageWebsocket":
                return None
            case "Crash":
                raise RuntimeError("CUDA error: out of memory")
            case "SaveImage" | "PreviewImage" as kind:
                where = "output" if kind == "SaveImage" else "temp"
                images = []
                for pixels in inputs["images"]:
                    name = f"{inputs.get('filename_prefix', 'temp')}_{len(self.files):05}_.png"
                    self.files[where, name] = encoded(pixels)
                    images.append({"filename": name, "subfolder": "", "type": where})
                return {"images": images}
        raise AssertionError(entry)

    def _painted(self, inputs: Mapping[str, Any]) -> np.ndarray:
        if not inputs["image"]:
            return pixels_of(inputs["text"], inputs["seed"], inputs["width"], inputs["height"])
        image = opened(self.files["input", inputs["image"]])[..., :3]
        generated = pixels_of(inputs["text"], inputs["seed"] + 500, image.shape[1], image.shape[0])
        if not inputs["mask"]:
            return generated
        mask = opened(self.files["input", inputs["mask"]])
        white = mask if mask.ndim == 2 else mask[..., 0]
        return np.where(white[..., None] >= 128, generated, image)

    def _handed(self, prompt: str) -> dict[str, Any]:
        handed, extra = HANDED[prompt]
        images = []
        for index, data in enumerate(handed):
            self.files["output", f"{prompt}-{index}.png"] = data
            images.append({"filename": f"{prompt}-{index}.png", "subfolder": "", "type": "output"})
        return {"outputs": {"3": {"images": images}}, "status": {"status_str": "success"}, **extra}


def holding(*images: bytes, **more: Any) -> Act:
    """The reply to a submission whose job gives these images."""
    prompt = str(uuid.uuid4())
    HANDED[prompt] = (images, more)
    return reply({"prompt_id": prompt, "number": 1, "node_errors": {}, **more})


def until(true: Any, seconds: float = 10.0) -> None:
    """Wait for something that another thread does."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.002)


def _invalid(entry: Mapping[str, Any]) -> dict[str, Any] | None:
    name = entry["inputs"].get("ckpt_name")
    if name is None or name in CHECKPOINTS:
        return None
    error = {"type": "value_not_in_list", "message": "Value not in list",
             "details": f"ckpt_name: {name!r} not in {list(CHECKPOINTS)}", "extra_info": {}}  # fmt: skip
    return {"errors": [error], "dependent_outputs": ["9"], "class_type": entry["class_type"]}


def _whole(message: str, details: str = "") -> dict[str, Any]:
    return {"type": "invalid_prompt", "message": message, "details": details, "extra_info": {}}


def _signature(graph: Mapping[str, Any], node: str, declared: str) -> str:
    inputs = {
        name: _signature(graph, value[0], declared) if isinstance(value, list) else value
        for name, value in graph[node]["inputs"].items()
        if name != FRESH or declared != "ignored"
    }
    return json.dumps([graph[node]["class_type"], inputs], sort_keys=True)


def _ordered(graph: Mapping[str, Any]) -> list[str]:
    done: list[str] = []

    def visit(node: str) -> None:
        if node not in done:
            for value in graph[node]["inputs"].values():
                if isinstance(value, list):
                    visit(value[0])
            done.append(node)

    for node in graph:
        visit(node)
    return done
