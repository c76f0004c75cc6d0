"""How a gateway is set up."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness.suite import ProviderSpec

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class GatewayOptions:
    """What ``harness serve`` is given."""

    data: Path
    """The folder of its database, of the images that clients send and of what else it stores."""
    reports: Path
    """Where its run is recorded."""
    providers: Mapping[str, ProviderSpec] = field(
        default_factory=lambda: {"painter": ProviderSpec("painter", "painter", root=".")}
    )
    """The providers that it serves, by name."""
    default: str = "painter"
    """The one that answers for the usual names of models."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Further names: to a provider, or to ``provider:model``."""
    host: str = LOOPBACK
    """The address to listen on; another than loopback needs keys."""
    port: int = 8080
    """Of REST; 0: a free one."""
    grpc_port: int | None = None
    """Of gRPC; None: no gRPC, 0: a free one."""
    database: str | None = None
    """A Postgres address; None: SQLite in the data folder."""
    keys: Path | None = None
    """A file of hashed API keys; None: none is needed."""
    paid: bool = False
    """Whether money may be spent."""
    budget: float | None = None
    """US dollars that this process may spend, from its start to its end; None: no limit."""
    timeout: float = 300.0
    """Seconds for one image."""
    deadline: float = 600.0
    """Seconds for one job, where its caller does not say."""
    queue_limit: int = 1000
    """Most jobs that wait."""
    rate: float | None = None
    """Requests a minute of one key; None: no limit."""
    concurrency: int | None = None
    """Jobs of one key that are not final; None: no limit."""
    seed: int | None = None
    """Of requests without one, from providers whose images repeat; None: random."""
    body_limit: int = 64 * 2**20
    """Bytes of one request."""
    retention: float = 7 * 86400.0
    """Seconds that a final job can be read; its images stay in the run."""
    lease: float = 15.0
    """Seconds after which the jobs of a worker that gives no sign of life are taken by another."""
    drain: float = 30.0
    """Seconds that running jobs have to end on shutdown."""
    faults: str = ""
    """Faults on demand: ``429:0.1,timeout:0.05``."""
    fault_seed: int = 0
    """What decides which requests they hit."""
    webhook_secret: str | None = field(default=None, repr=False)
    """What webhooks are signed with: ``whsec_…``; None: webhooks are refused."""
    webhook_private: bool = False
    """Whether webhooks may go to private addresses."""
    webhook_retries: tuple[float, ...] = (0.0, 5.0, 300.0, 1800.0, 7200.0, 18000.0, 36000.0)
    """Seconds before each attempt to deliver one."""
    cache: Path | None = None
    """A folder of images that several runs share."""
    record: Path | None = None
    """A folder that every exchange with a provider is written to."""
    replay: Path | None = None
    """A folder that answers in place of the providers."""
    accept_only: bool = False
    """Only accept jobs: other processes generate them."""
