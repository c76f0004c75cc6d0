"""A gateway put together: database, service and worker."""

from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Self

from harness.gateway.bus import Bus
from harness.gateway.catalog import Catalog
from harness.gateway.database import Database
from harness.gateway.delivery_store import DeliveryStore
from harness.gateway.exposure import check_exposure
from harness.gateway.faults import Faults
from harness.gateway.housekeeping import Housekeeping
from harness.gateway.inputs import Inputs
from harness.gateway.job_store import JobStore
from harness.gateway.key_limits import KeyLimits
from harness.gateway.keys import Keys
from harness.gateway.metrics import Metrics
from harness.gateway.options import GatewayOptions
from harness.gateway.service import Service
from harness.gateway.webhooks import Deliverer, check_url, checked_secret
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
    keys: Keys
    limits: KeyLimits
    metrics: Metrics
    deliveries: DeliveryStore
    _stack: ExitStack = field(repr=False)

    @classmethod
    def open(cls, options: GatewayOptions) -> Self:
        """Open the database and the providers, and start the worker.

        Raises what a provider raises that cannot generate, UsageError and WriteError.
        """
        check_exposure(options)
        keys = Keys(options.keys)
        limits = KeyLimits(keys, options.rate, options.concurrency)
        faults = Faults(options.faults, options.fault_seed)
        if options.webhook_secret is not None:
            checked_secret(options.webhook_secret)
        with ExitStack() as stack:
            for folder in (options.data, options.reports):
                make_folder(folder)
            catalog = Catalog(options.providers, options.default, options.aliases)
            sources = Sources(options.providers, cache=options.cache, record=options.record, replay=options.replay)
            database = Database(options.database, options.data)
            stack.callback(database.close)
            store, bus = JobStore(database, queue_limit=options.queue_limit), Bus()
            metrics, deliveries = Metrics(store), DeliveryStore(database)
            inputs = Inputs(options.data)
            housekeeping = Housekeeping(store, inputs, options.retention)
            stack.callback(housekeeping.stop)
            housekeeping.start()
            if options.webhook_secret is not None:
                deliverer = Deliverer(
                    deliveries,
                    options.webhook_secret,
                    allow_private=options.webhook_private,
                    schedule=options.webhook_retries,
                    on_attempt=metrics.delivery,
                )
                stack.callback(deliverer.stop, options.drain)
                deliverer.start()
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
                    on_image=metrics.image,
                )
                stack.callback(worker.stop, options.drain)
                worker.start()
            service = Service(
                store,
                catalog,
                bus,
                sources,
                inputs,
                options.reports,
                worker,
                options.paid or options.replay is not None,
                options.deadline,
                limits.concurrency_of,
                faults=faults,
                seed=options.seed,
                check_webhook=partial(
                    check_url, enabled=options.webhook_secret is not None, allow_private=options.webhook_private
                ),
            )
            return cls(
                options,
                database,
                store,
                catalog,
                bus,
                service,
                worker,
                keys,
                limits,
                metrics,
                deliveries,
                stack.pop_all(),
            )

    def begin_drain(self) -> None:
        """Accept no new job from now on, and say so in readiness; what is accepted goes on, and can be read."""
        self.service.stopping.set()

    def authenticate(self, presented: str | None) -> str:
        """Return the name of an API key, empty where none is needed. Raises UnauthorizedError, UnavailableError."""
        return self.keys.authenticate(presented)

    def close(self) -> None:
        """Take nothing more, let running jobs end, close the run and the database."""
        self.begin_drain()
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
