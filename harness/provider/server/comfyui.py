"""``comfyui``: a workflow of one's own on a ComfyUI server, with named slots that a recipe fills.

A job is queued, asked for until it is done, and its image fetched. The server skips what it has computed before: a
image that came from its memory is found out, and generated again after the memory was cleared.
"""

import contextlib
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.errors import GenerationError
from harness.http import Call, Deadline, HttpError, Reply, reported_error
from harness.provider import quality_steps
from harness.provider.adapter import Adapter, Explanation, Tier
from harness.provider.not_honored import omitted, with_omissions
from harness.provider.protocol import Capabilities, Job, Output
from harness.provider.remote.base import Hosted
from harness.provider.remote.input_images import sent_image
from harness.provider.remote.parsed_reply import clamped
from harness.provider.remote.words import words_of
from harness.provider.seed_choice import seed_for
from harness.provider.server.comfyui_history import Shown, failure, from_memory, messages, node_error, refused, shown
from harness.provider.server.comfyui_settings import OPTIONS, Settings, read_settings
from harness.provider.server.comfyui_workflow import find_node, read_workflow
from harness.provider.server.polling import Poller
from harness.records import InputImage, Recipe
from harness.vocabulary import TRANSPORT_OPTIONS, Source

LOOK_FOR_IT = 4
"""After so many looks without a result the queue is searched for the job."""
CANCEL_TIME = 5.0
RERUNS = 3


class ComfyUI(Hosted):
    """A workflow on a server. Jobs wait in the server's queue; one that is left behind is cancelled there."""

    kind = "comfyui"

    def __init__(self, name: str, settings: Settings, root: Path) -> None:
        super().__init__(name, settings.reach, _capabilities_of(settings), root)
        self._settings = settings
        self._workflow = read_workflow(name, root / settings.workflow, settings.slots)
        self._output = (
            None if settings.output is None else find_node(name, self._workflow.nodes, settings.output, "`output`")
        )
        self._poller = Poller()
        self._client = str(uuid.uuid4())

    def close(self) -> None:
        """Cancel what is still running there, and let go of the connections."""
        poller, self._poller = self._poller, Poller()
        poller.close()
        super().close()

    def _generate(self, job: Job, deadline: Deadline) -> Output:
        recipe, settings = job.recipe, self._settings
        if recipe.request.ask is not None:
            raise GenerationError(self.name, "a workflow answers no questions", "name another provider")
        seed = seed_for(job) if "seed" in settings.slots else None
        values = self._values(recipe, seed, deadline)
        entry, queued, image, cached, again = self._done(values, job, deadline)
        if image is None:
            where = "" if self._output is None else f" of {self._workflow.described(self._output)}"
            problem = f"the reply holds no image{where}"
            raise GenerationError(self.name, problem, "see `output` of the provider", failover=False)
        fetched = self._after(Call("GET", "view", params=image.params, accept="image/*"), deadline)
        environment: dict[str, Any] = {"workflow": self._workflow.digest}
        system, unknown = self._system(deadline)
        environment |= system
        sent = {name: value for name, value in values.items() if value is not None}
        if changed := clamped(recipe, {}, sent, fetched.body):
            environment["clamped"] = changed
        occasion = {
            **queued.story(),
            "job": str(queued.json().get("prompt_id")),
            "node": image.node,
            "images": image.count if image.count > 1 else None,
            "seed": seed if recipe.request.seed is None else None,
            "cleared": again or None,
            "system": unknown or None,
            "node_errors": node_error(self._workflow, queued.json().get("node_errors")) or None,
        }
        environment["reply"] = {name: value for name, value in occasion.items() if value not in (None, "")}
        left_out = set(omitted(recipe, settings.honors, settings.own))
        if "quality" not in settings.slots:
            left_out |= set(quality_steps.overruled(words_of(recipe, settings.given)))
        environment = with_omissions(environment, sorted(left_out))
        return Output(
            fetched.body, environment, _seconds(entry), settings.price, Source.CACHE if cached else Source.GENERATED
        )

    def _done(
        self, values: Mapping[str, Any], job: Job, deadline: Deadline
    ) -> tuple[Mapping[str, Any], Reply, Shown | None, bool, int]:
        """A finished job: its history, the reply that queued it, its image, whether that came from the server's
        memory, and how often that memory was cleared before."""
        again = 0
        while True:
            entry, queued = self._run(self._workflow.filled(values), job, deadline)
            if fault := failure(self.name, self._workflow, entry):
                raise fault
            image = shown(entry, self._output)
            cached = from_memory(self._workflow, entry, image)
            if not cached or not self._settings.rerun or again == RERUNS:
                return entry, queued, image, cached, again
            again += 1
            self._after(Call("POST", "free", json={"free_memory": True}, accept="*/*"), deadline)
            # the server clears between two jobs: one that follows at once may come before that
            self._poller.pause(min(again * self._settings.poll, deadline.left()))

    def _run(self, graph: Mapping[str, Any], job: Job, deadline: Deadline) -> tuple[Mapping[str, Any], Reply]:
        queued: list[Reply] = []
        looks = 0

        def submit() -> str:
            prompt = str(uuid.uuid4())
            body = {"prompt": graph, "client_id": self._client, "prompt_id": prompt}
            try:
                # what a server of one's own has generated in vain costs time alone
                call = Call("POST", "prompt", json=body, resend=self._settings.price == 0)
                queued.append(self.send(call, job, deadline))
            except HttpError as fault:
                if fault.possibly_billed:
                    with contextlib.suppress(HttpError):
                        self._cancel(prompt)
                raise refused(self.name, self._workflow, fault) or fault from None
            document = queued[0].json()
            if not isinstance(document, Mapping) or not isinstance(document.get("prompt_id"), str):
                problem = reported_error(document) or "the reply names no job"
                raise HttpError("body", problem, "check `base_url`: is this ComfyUI?", possibly_billed=True)
            return str(document["prompt_id"])

        def poll(prompt: str) -> Mapping[str, Any] | None:
            nonlocal looks
            looks += 1
            entry = self._history(prompt, deadline)
            if entry is not None or looks % LOOK_FOR_IT or self._where(prompt, deadline):
                return entry
            entry = self._history(prompt, deadline)
            if entry is None:
                problem = "the server no longer knows the job: it was restarted, or its queue was cleared"
                raise GenerationError(self.name, problem, "generate it again", failover=False)
            return entry

        entry = self._poller.run(submit, poll, self._cancel, deadline=deadline, interval=self._settings.poll)
        return entry, queued[0]

    def _history(self, prompt: str, deadline: Deadline) -> Mapping[str, Any] | None:
        document = self._after(Call("GET", f"history/{prompt}"), deadline).json()
        entry = document.get(prompt) if isinstance(document, Mapping) else None
        return entry if isinstance(entry, Mapping) else None

    def _where(self, prompt: str, deadline: Deadline) -> str:
        """``running``, ``pending``, or empty where the queue has no such job."""
        document = self._after(Call("GET", "queue"), deadline).json()
        for where in ("running", "pending"):
            jobs = document.get(f"queue_{where}") if isinstance(document, Mapping) else None
            if any(isinstance(job, list) and len(job) > 1 and job[1] == prompt for job in jobs or []):
                return where
        return ""

    def _cancel(self, prompt: str) -> None:
        """Take a job off the queue, or stop it when it is the one that runs; another's is never stopped."""
        deadline = Deadline.after(CANCEL_TIME)
        if self._where(prompt, deadline) == "running":
            call = Call("POST", "interrupt", json={"prompt_id": prompt}, accept="*/*", patient=False)
        else:
            call = Call("POST", "queue", json={"delete": [prompt]}, accept="*/*", patient=False)
        self.transport.request(call, deadline)

    def _after(self, call: Call, deadline: Deadline) -> Reply:
        """A call about a job that was queued: whatever goes wrong now, no other provider may be asked instead."""
        try:
            return self.transport.request(call, deadline)
        except HttpError as fault:
            if fault.kind == "timeout" and not deadline.left():
                raise
            raise GenerationError(self.name, f"the job was queued, then: {fault}", fault.hint, failover=False) from None

    def _values(self, recipe: Recipe, seed: int | None, deadline: Deadline) -> dict[str, Any]:
        request, settings = recipe.request, self._settings
        words = words_of(recipe, settings.given)
        return {
            **{name: words.get(name) for name in settings.slots},
            "prompt": request.prompt,
            "negative_prompt": request.negative_prompt or None,
            "seed": seed,
            "width": request.width,
            "height": request.height,
            "strength": request.strength,
            "model": recipe.subject.model or settings.given.get("model"),
            "steps": quality_steps.steps_of(words, settings.quality_steps),
            "input_image": self._uploaded("input_image", request.input_image, deadline),
            "mask": self._uploaded("mask", request.mask, deadline),
        }

    def _uploaded(self, slot: str, image: InputImage | None, deadline: Deadline) -> str | None:
        """The name under which the server now has an image; the same image has the same name."""
        if image is None or slot not in self._settings.slots:
            return None
        sent = sent_image(self.name, image)
        name = f"harness-{image.digest[:16]}.{sent.media.rpartition('/')[2]}"
        form = {"type": "input", "overwrite": "true"}
        call = Call("POST", "upload/image", data=form, files=[("image", (name, sent.data, sent.media))])
        document = self.transport.request(call, deadline).json()
        if not isinstance(document, Mapping) or not isinstance(document.get("name"), str):
            raise HttpError("body", "the server does not tell the name of an uploaded image", "check `base_url`")
        folder = document.get("subfolder")
        return f"{folder}/{document['name']}" if folder else str(document["name"])

    def _system(self, deadline: Deadline) -> tuple[dict[str, Any], str]:
        """Versions and device as the server tells them, or why they are not known."""
        try:
            document = self.transport.request(Call("GET", "system_stats"), deadline).json()
        except HttpError as fault:
            return {}, str(fault)
        system = document.get("system") if isinstance(document, Mapping) else None
        if not isinstance(system, Mapping):
            return {}, "the server does not tell its versions"
        arguments = system.get("argv")
        found = {
            "comfyui": system.get("comfyui_version"),
            "torch": system.get("pytorch_version"),
            "python": str(system.get("python_version") or "").partition(" ")[0],
            "deterministic": "--deterministic" in arguments if isinstance(arguments, list) else None,
        }
        devices = document.get("devices")
        if isinstance(devices, list) and devices and isinstance(devices[0], Mapping):
            found["device"] = devices[0].get("name")
        return {name: value for name, value in found.items() if value not in (None, "")}, ""


def _seconds(entry: Mapping[str, Any]) -> float:
    """The generation alone by the server's own clock, 0.0 where it does not tell."""
    stamps = {name: data.get("timestamp") for name, data in messages(entry)}
    begun, ended = stamps.get("execution_start"), stamps.get("execution_success")
    if isinstance(begun, (int, float)) and isinstance(ended, (int, float)) and ended > begun:
        return (ended - begun) / 1000
    return 0.0


def _capabilities_of(settings: Settings) -> Capabilities:
    return Capabilities(
        seed=settings.promise,
        honors=settings.honors,
        price=settings.price,
        concurrency=settings.reach.settings.concurrency,
        choices={"quality": tuple(settings.quality_steps)} if "steps" in settings.slots else {},
    )


def _capabilities(options: Mapping[str, Any]) -> Capabilities:
    return _capabilities_of(read_settings("comfyui", options))


def _create(name: str, options: Mapping[str, Any], root: Path) -> ComfyUI:
    return ComfyUI(name, read_settings(name, options), root)


def _identity(options: Mapping[str, Any], _recipe: Recipe, root: Path) -> Mapping[str, Any]:
    """The workflow as it is now."""
    settings = read_settings("comfyui", options)
    return {"workflow": read_workflow("comfyui", root / settings.workflow, settings.slots).digest}


def _explain(_measure: bool) -> Explanation:
    tiers = [
        Tier("quality", name, f"{count} steps, where there is a slot `steps`", None, 0.0)
        for name, count in quality_steps.QUALITY_STEPS.items()
    ]
    tiers += [Tier(word, "any", f"the slot `{word}`") for word in ("guidance", "steps", "model", "strength")]
    tiers.append(Tier("size", "any", "the slots `width` and `height`"))
    notes = (
        "A slot that is not there leaves what the workflow says; what a case asks for without a slot is an omission.",
        "Jobs that time out are cancelled on the server: taken off the queue, or interrupted when they run.",
        "The server answers an equal workflow from its memory. Such an image is found out, the memory cleared and the "
        "image generated again; a slot `bust` (an input that does not shape the image) keeps it from happening.",
        "Free at this machine and at a private address unless `price:` says otherwise.",
    )
    shared = {name: value for name, value in TRANSPORT_OPTIONS.items() if name not in OPTIONS}
    return Explanation(ADAPTER.kind, ADAPTER.summary, {**OPTIONS, **shared}, tuple(tiers), notes)


ADAPTER = Adapter("comfyui", "a workflow on a ComfyUI server", _capabilities, _create, _explain, identity=_identity)
