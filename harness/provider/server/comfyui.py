"""``comfyui``: a workflow of one's own on a ComfyUI server, with named slots that a recipe fills.

A job is queued, asked for until it is done, and its image fetched. The server skips what it has computed before: an
image that came from its memory is found out and generated again, with an input that makes the server execute the
sampler; where that does not help, after the memory was cleared.
"""

import contextlib
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from harness.errors import GenerationError
from harness.http import Call, Deadline, HttpError, Reply, reported_error
from harness.provider.adapter import Adapter
from harness.provider.errors import BadOptionError
from harness.provider.protocol import Job, Output
from harness.provider.quality_steps import overruled
from harness.provider.remote.base import Remote
from harness.provider.remote.decoding import decoded
from harness.provider.remote.input_images import sent_image
from harness.provider.remote.parsed_reply import ParsedReply, finished
from harness.provider.remote.polling import Poller
from harness.provider.seed_choice import seed_for
from harness.provider.server.comfyui_conversion import converted_workflow, workflow_of
from harness.provider.server.comfyui_options import LOOK, ComfyUIOptions
from harness.provider.server.comfyui_progress import following
from harness.provider.server.comfyui_records import Entry, Queue, Queued, Shown, Uploaded
from harness.provider.server.comfyui_replies import (
    HINT,
    failure,
    from_memory,
    no_image,
    node_error,
    refused,
    shown,
    system_of,
    unread_of,
)
from harness.provider.server.comfyui_source import read_source
from harness.provider.server.comfyui_workflow import Workflow
from harness.records import InputImage, Recipe

LOOK_FOR_IT = 4
"""After so many looks without a result the queue is searched for the job."""
CLEARINGS = 3
"""How often at most the memory of the server is cleared for one image."""


@dataclass(frozen=True, slots=True)
class Done:
    """A finished job: its history, what queued it and the reply that said so, its image, whether that came from the
    server's memory, and what was done against that."""

    entry: Entry
    queued: Queued
    reply: Reply
    image: Shown | None
    cached: bool
    story: Mapping[str, Any] = field(default_factory=dict)


class _UndeclaredInputError(Exception):
    """A job with an input that no node declares did not succeed."""


class ComfyUI(Remote[ComfyUIOptions]):
    """A workflow on a server. Jobs wait in the server's queue; one that is left behind is cancelled there."""

    kind = "comfyui"
    cancel_time = 5.0

    def __init__(self, name: str, options: ComfyUIOptions, root: Path) -> None:
        super().__init__(name, options, root)
        self._source = read_source(name, root / options.workflow)
        self._workflow = workflow_of(name, self._source, options.targets, options.output_node)
        self._converting = threading.Lock()
        self._poller = Poller()
        self._client = str(uuid.uuid4())

    def ready(self) -> None:
        """Read the key, and have a workflow of the editor converted where the server is reached. Raises
        MissingKeyError, BadOptionError."""
        super().ready()
        if self._workflow is None and self.options.server is None:
            # a server that is not there yet is the fault of the images that need it
            with contextlib.suppress(HttpError):
                self._converted(Deadline.after(LOOK))

    def close(self) -> None:
        """Cancel what is still running there, and close the connections."""
        poller, self._poller = self._poller, Poller()
        poller.close()
        super().close()

    def _generate(self, job: Job, deadline: Deadline) -> Output:
        recipe, options = job.recipe, self.options
        if recipe.request.ask is not None:
            raise GenerationError(self.name, "a workflow answers no questions", "name another provider")
        try:
            workflow = self._converted(deadline)
        except BadOptionError as fault:
            raise GenerationError(self.name, str(fault), fault.hint, failover=False) from None
        seed = seed_for(job) if "seed" in options.slots else None
        values = self._values(recipe, seed, deadline)
        done = self._done(workflow, values, job, deadline)
        image = done.image
        if image is None:
            raise no_image(self.name, workflow, cached=done.cached)
        fetched = self._after(Call("GET", "view", params=image.image.params, accept="image/*"), deadline)
        system, unknown = self._system(deadline)
        count = sum(image.counts.values())
        occasion = {
            "job": done.queued.prompt_id,
            "node": image.node,
            "images": count if count > 1 else None,
            "images_by_node": dict(image.counts) if count > 1 else None,
            "seed": seed if recipe.request.seed is None else None,
            **done.story,
            "system": unknown,
            "unread": done.entry.unread,
            "left_seeds": list(workflow.left_seeds),
            "node_errors": node_error(workflow, done.queued.node_errors),
        }
        environment = {"workflow": workflow.digest, **system}
        return finished(
            ParsedReply(environment=environment, occasion=occasion, cached=done.cached),
            replace(done.reply, seconds=done.entry.seconds),
            recipe,
            data=fetched.body,
            honors=options.honors,
            own=options.own,
            left_out=() if "quality" in options.slots else overruled(options.words(recipe)),
            price=options.cost,
        )

    def _converted(self, deadline: Deadline) -> Workflow:
        """Return the workflow, converted by the server at the first call where the editor saved it. Raises
        BadOptionError, HttpError."""
        with self._converting:
            if self._workflow is None:
                targets, output = self.options.targets, self.options.output_node
                self._workflow = converted_workflow(self.name, self._source, targets, output, self.transport, deadline)
            return self._workflow

    def _done(self, workflow: Workflow, values: Mapping[str, Any], job: Job, deadline: Deadline) -> Done:
        """Return a finished job whose image was generated now, where the server can be brought to do so: by an input
        that no node declares, then by clearing its memory."""
        done = self._run(workflow, workflow.filled(values), job, deadline)
        if not done.cached or (self.options.repeats == "keep" and done.image is not None):
            return done
        with contextlib.suppress(_UndeclaredInputError):
            done = self._run(workflow, workflow.filled(values, fresh=True), job, deadline, fresh=True)
        again, cleared = 1, 0
        while done.cached and cleared < CLEARINGS:
            cleared, again = cleared + 1, again + 1
            self._after(Call("POST", "free", json={"free_memory": True}, accept="*/*"), deadline)
            # the server clears between two jobs: one that follows at once may come before that
            self._poller.pause(min(cleared * self.options.poll, deadline.left()), deadline)
            done = self._run(workflow, workflow.filled(values), job, deadline)
        return replace(done, story={"executed_again": again, "cleared": cleared or None})

    def _run(
        self, workflow: Workflow, graph: Mapping[str, Any], job: Job, deadline: Deadline, *, fresh: bool = False
    ) -> Done:
        """Run a job to its end. Raises what failed; _UndeclaredInputError where a ``fresh`` one was refused, or failed
        at a node."""
        sent: list[tuple[Queued, Reply]] = []
        looks = 0

        def cancel(prompt: str) -> None:
            self._cancel(prompt, self.cancelling(deadline))

        def submit() -> str:
            prompt = str(uuid.uuid4())
            body = {"prompt": graph, "client_id": client or self._client, "prompt_id": prompt}
            if client is not None:
                body["extra_data"] = {"preview_method": "auto"}
            try:
                # what a server of one's own has generated in vain costs time alone
                call = Call("POST", "prompt", json=body, resend=self.options.cost == 0)
                reply = self.send(call, job, deadline)
            except HttpError as fault:
                if fault.possibly_billed:
                    with contextlib.suppress(HttpError):
                        cancel(prompt)
                if fresh and fault.status == 400:
                    raise _UndeclaredInputError from None
                raise refused(self.name, workflow, graph, fault) or fault from None
            document = reply.json()
            if problem := reported_error(document):
                raise HttpError("body", problem, HINT, possibly_billed=True)
            queued = decoded(document, Queued, HINT)
            sent.append((queued, reply))
            return queued.prompt_id

        def poll(prompt: str) -> Entry | None:
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

        with following(self.options, job.progress) as client:
            entry = self._poller.run(submit, poll, cancel, deadline=deadline, interval=self.options.poll)
        if fresh and entry.has_failed_node:
            raise _UndeclaredInputError
        if fault := failure(self.name, workflow, entry):
            raise fault
        image = shown(entry, workflow.output)
        return Done(entry, *sent[0], image, from_memory(workflow, entry, image))

    def _history(self, prompt: str, deadline: Deadline) -> Entry | None:
        document = self._after(Call("GET", f"history/{prompt}"), deadline).json()
        entry = decoded(document, dict[str, Entry], HINT).get(prompt)
        return entry and replace(entry, unread=unread_of(document.get(prompt)))

    def _where(self, prompt: str, deadline: Deadline) -> str:
        """Return ``running``, ``pending``, or empty where the queue has no such job."""
        return decoded(self._after(Call("GET", "queue"), deadline).json(), Queue, HINT).where(prompt)

    def _cancel(self, prompt: str, deadline: Deadline) -> None:
        """Take a job off the queue, or stop it when it is the one that runs; another's is never stopped."""
        if self._where(prompt, deadline) == "running":
            call = Call("POST", "interrupt", json={"prompt_id": prompt}, accept="*/*", patient=False)
        else:
            call = Call("POST", "queue", json={"delete": [prompt]}, accept="*/*", patient=False)
        self.transport.request(call, deadline)

    def _after(self, call: Call, deadline: Deadline) -> Reply:
        """Make a call about a queued job; after its failure no other provider may be asked instead."""
        try:
            return self.transport.request(call, deadline)
        except HttpError as fault:
            fault.possibly_billed |= fault.kind == "cancelled"
            if fault.kind == "cancelled" or (fault.kind == "timeout" and not deadline.left()):
                raise
            raise GenerationError(self.name, f"the job was queued, then: {fault}", fault.hint, failover=False) from None

    def _values(self, recipe: Recipe, seed: int | None, deadline: Deadline) -> dict[str, Any]:
        request, options = recipe.request, self.options
        words = options.words(recipe)
        return {
            **{name: words.get(name) for name in options.slots},
            "prompt": request.prompt,
            "negative_prompt": request.negative_prompt or None,
            "seed": seed,
            "width": request.width,
            "height": request.height,
            "strength": request.strength,
            "model": recipe.subject.model or options.model,
            "steps": options.steps_of(words),
            "input_image": self._uploaded("input_image", request.input_image, deadline),
            "mask": self._uploaded("mask", request.mask, deadline),
        }

    def _uploaded(self, slot: str, image: InputImage | None, deadline: Deadline) -> str | None:
        """Return the name under which the server now has an image; the same image has the same name."""
        if image is None or slot not in self.options.slots:
            return None
        sent = sent_image(self.name, image)
        name = f"harness-{image.digest[:16]}.{sent.media.rpartition('/')[2]}"
        form = {"type": "input", "overwrite": "true"}
        call = Call("POST", "upload/image", data=form, files=[("image", (name, sent.data, sent.media))])
        uploaded = decoded(self.transport.request(call, deadline).json(), Uploaded, HINT)
        return f"{uploaded.subfolder}/{uploaded.name}" if uploaded.subfolder else uploaded.name

    def _system(self, deadline: Deadline) -> tuple[dict[str, Any], str]:
        """Versions and device, or why they are not known."""
        try:
            return system_of(self.transport.request(Call("GET", "system_stats"), deadline).json()), ""
        except HttpError as fault:
            if fault.kind == "cancelled":
                fault.possibly_billed = True
                raise
            return {}, str(fault)


ADAPTER = Adapter("comfyui", "a workflow on a ComfyUI server", ComfyUI, ComfyUIOptions)
