"""A provider whose server the harness starts: each job goes to the server that runs now."""

import os
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.errors import GenerationError, GenerationRefusedError, HarnessError
from harness.http import Cancellation
from harness.provider.adapter import Adapter
from harness.provider.protocol import BatchProvider, Job, Output, Provider
from harness.provider.started.definition import PORT, ServerDefinition
from harness.provider.started.server import Running, Server, shared
from harness.provider.wrapper import ProviderWrapper

SETTLE = 0.5
"""Most seconds until the end of a server is noticed, once a call to it has failed."""

Generate = Callable[[Provider, Sequence[Job]], Sequence[Output | GenerationError]]


class Started(ProviderWrapper):
    """A provider with the server that it needs. :meth:`ready` starts it, :meth:`close` gives it up."""

    def __init__(self, name: str, adapter: Adapter, options: Any, root: Path) -> None:
        self._adapter, self._options, self._root = adapter, options, root
        definition: ServerDefinition = options.server
        super().__init__(adapter.provider(name, options, root))
        self._guard = threading.Lock()
        self._at: Running | None = None
        self._old: list[Provider] = []
        self._server: Server | None = shared(name, definition, root, options.base_url)

    def ready(self) -> None:
        """Start the server and wait until it is ready. Raises ServerNotStartedError, ServerUnreadyError,
        ServerEndedError, and what the provider raises."""
        super().ready()
        self._current(self._in_use.running())

    def generate(self, job: Job) -> Output:
        """Generate one image; a restart of the server takes time of the job. Raises GenerationError, also for every
        job in flight when the server ends."""

        def one(provider: Provider, jobs: Sequence[Job]) -> Sequence[Output | GenerationError]:
            return [provider.generate(jobs[0])]

        (came,) = self._served([job], one)
        assert isinstance(came, Output)
        return came

    def generate_batch(self, jobs: Sequence[Job]) -> Sequence[Output | GenerationError]:
        """Generate several images in one go, like :meth:`generate`."""

        def several(provider: Provider, jobs: Sequence[Job]) -> Sequence[Output | GenerationError]:
            assert isinstance(provider, BatchProvider)
            return provider.generate_batch(jobs)

        return self._served(jobs, several)

    def _served(self, jobs: Sequence[Job], generate: Generate) -> list[Output | GenerationError]:
        begun = time.monotonic()
        server = self._in_use
        try:
            running = server.running()
        except HarnessError as fault:
            raise self._fault(fault) from None
        waited = time.monotonic() - begun
        lost = waited / len(jobs) if waited > 1 else 0.0
        provider, ended = self._current(running), Cancellation()
        with ExitStack() as stack:
            stack.enter_context(running.process.on_end(ended.cancel))
            by_callers = [job.cancellation for job in jobs if job.cancellation is not None]
            for one in by_callers:
                stack.enter_context(one.on_cancel(ended.cancel))

            def explained(fault: GenerationError) -> GenerationError:
                """Return the end of the server in place of a fault that it caused."""
                # a fault without `failover` came before any call
                settle = SETTLE if fault.failover is not None else 0
                if isinstance(fault, GenerationRefusedError) or any(one.is_cancelled for one in by_callers):
                    return fault
                ends = running.process.ended.wait(settle)
                return self._fault(server.crashed(running.process), fault) if ends else fault

            timed = [replace(job, timeout=max(job.timeout - lost, 0.001), cancellation=ended) for job in jobs]
            try:
                came = generate(provider, timed)
            except GenerationError as fault:
                raise explained(fault) from None
            outputs = [explained(one) if isinstance(one, GenerationError) else one for one in came]
        notes = [f"pass_env: {name} is not set" for name in self._options.server.pass_env if name not in os.environ]

        def noted(output: Output) -> Output:
            environment = {**output.environment, **running.environment}
            return replace(output, environment=environment, notes=(*output.notes, *notes))

        return [noted(output) if isinstance(output, Output) else output for output in outputs]

    def log_to(self, folder: Path) -> None:
        """Keep the log of the server in a folder too, whole and as it grows."""
        self._in_use.log.copy_to(folder / f"server-{self.name}.log")

    def unused(self) -> str:
        """Return a note on what could not be kept of the log, and what the provider had more than was asked of it."""
        notes = (self._in_use.log.problem, str(getattr(self.provider, "unused", str)()))
        return "; ".join(filter(None, notes))

    def close(self) -> None:
        """Close the provider and give up the server: the last one to do so ends it."""
        with self._guard:
            server, self._server = self._server, None
            old, self._old = self._old, []
        for one in (*old, self.provider):
            one.close()
        if server is not None:
            server.release()

    @property
    def _in_use(self) -> Server:
        if self._server is None:
            raise GenerationError(self.name, "its server was ended", "generate before it is closed")
        return self._server

    def _current(self, running: Running) -> Provider:
        """Return the provider of the server that runs now: after a restart it has another port."""
        with self._guard:
            if self._at is not running:
                url = self._options.base_url.replace(PORT, str(running.port))
                # jobs of other threads may still use it
                self._old.append(self.provider)
                options = self._options.model_copy(update={"base_url": url})
                self._at, self.provider = running, self._adapter.provider(self.name, options, self._root)
            return self.provider

    def _fault(self, why: HarnessError, fault: GenerationError | None = None) -> GenerationError:
        billed = fault is not None and fault.possibly_billed
        return GenerationError(
            self.name, getattr(why, "problem", str(why)), why.hint, possibly_billed=billed, failover=True
        )
