"""Providers of images: small adapters behind one protocol.

:func:`create` builds a provider of any kind, :func:`capabilities_of` returns what it can do without building it, and
:func:`registry` lists the kinds there are, installed ones included.
"""

from typing import TYPE_CHECKING

from harness.lazy import lazy
from harness.provider.process_environment import process_environment
from harness.provider.registry import (
    ProviderDefinition,
    adapter_of,
    built_in_options,
    capabilities_of,
    chat_model,
    create,
    endings_of,
    identity_of,
    listed_endings_of,
    look_at,
    price_of,
    registry,
)

if TYPE_CHECKING:
    from harness.provider.adapter import Adapter
    from harness.provider.asked import Asked, asked_of
    from harness.provider.ending import PRICED_KINDS, Ending, ending_at, soon, table_age, table_said, table_warning
    from harness.provider.errors import (
        BadOptionError,
        BrokenProviderError,
        OptionProblem,
        UnknownKindError,
        WorkerEndedError,
        WorkerVersionError,
    )
    from harness.provider.explanation import HONORED, LEFT_OUT, REFUSED, Explanation, explain, explained, least_price
    from harness.provider.fault import Fault
    from harness.provider.local.answering import LineWorker
    from harness.provider.local.interpreter_option import InterpreterOptions
    from harness.provider.local.lines import LineProvider
    from harness.provider.local.workers_option import WorkersOption
    from harness.provider.options import ProviderOptions, SchemaFrom, Tier, WorkerPlace
    from harness.provider.protocol import (
        AbandonableProvider,
        BatchProvider,
        Cancellation,
        Capabilities,
        IsolatedProvider,
        Job,
        LoggedProvider,
        Output,
        Progress,
        Provider,
        ReadyProvider,
        SamplingProvider,
        is_cancelled,
    )
    from harness.provider.python_object import object_adapter
    from harness.provider.remote.pricing import table_date
    from harness.provider.secrets import know_secrets
    from harness.provider.started.definition import ServerDefinition, rooted, with_server
    from harness.provider.worker_places import can_have_workers, options_in, places_of, started_worker
    from harness.provider.wrapper import ProviderWrapper, reports_sending

_HOMES = {
    "adapter": ("Adapter",),
    "asked": ("Asked", "asked_of"),
    "ending": ("PRICED_KINDS", "Ending", "ending_at", "soon", "table_age", "table_said", "table_warning"),
    "errors": (
        "BadOptionError", "BrokenProviderError", "OptionProblem", "UnknownKindError", "WorkerEndedError",
        "WorkerVersionError",
    ),
    "explanation": ("HONORED", "LEFT_OUT", "REFUSED", "Explanation", "explain", "explained", "least_price"),
    "fault": ("Fault",),
    "local.answering": ("LineWorker",),
    "local.interpreter_option": ("InterpreterOptions",),
    "local.lines": ("LineProvider",),
    "local.workers_option": ("WorkersOption",),
    "options": ("ProviderOptions", "SchemaFrom", "Tier", "WorkerPlace"),
    "protocol": (
        "AbandonableProvider", "BatchProvider", "Cancellation", "Capabilities", "IsolatedProvider", "Job",
        "LoggedProvider", "Output", "Progress", "Provider", "ReadyProvider", "SamplingProvider", "is_cancelled",
    ),
    "python_object": ("object_adapter",),
    "remote.pricing": ("table_date",),
    "secrets": ("know_secrets",),
    "started.definition": ("ServerDefinition", "rooted", "with_server"),
    "worker_places": ("can_have_workers", "options_in", "places_of", "started_worker"),
    "wrapper": ("ProviderWrapper", "reports_sending"),
}  # fmt: skip

__all__ = [
    "HONORED",
    "LEFT_OUT",
    "PRICED_KINDS",
    "REFUSED",
    "AbandonableProvider",
    "Adapter",
    "Asked",
    "BadOptionError",
    "BatchProvider",
    "BrokenProviderError",
    "Cancellation",
    "Capabilities",
    "Ending",
    "Explanation",
    "Fault",
    "InterpreterOptions",
    "IsolatedProvider",
    "Job",
    "LineProvider",
    "LineWorker",
    "LoggedProvider",
    "OptionProblem",
    "Output",
    "Progress",
    "Provider",
    "ProviderDefinition",
    "ProviderOptions",
    "ProviderWrapper",
    "ReadyProvider",
    "SamplingProvider",
    "SchemaFrom",
    "ServerDefinition",
    "Tier",
    "UnknownKindError",
    "WorkerEndedError",
    "WorkerPlace",
    "WorkerVersionError",
    "WorkersOption",
    "adapter_of",
    "asked_of",
    "built_in_options",
    "can_have_workers",
    "capabilities_of",
    "chat_model",
    "create",
    "ending_at",
    "endings_of",
    "explain",
    "explained",
    "identity_of",
    "is_cancelled",
    "know_secrets",
    "least_price",
    "listed_endings_of",
    "look_at",
    "object_adapter",
    "options_in",
    "places_of",
    "price_of",
    "process_environment",
    "registry",
    "reports_sending",
    "rooted",
    "soon",
    "started_worker",
    "table_age",
    "table_date",
    "table_said",
    "table_warning",
    "with_server",
]

__getattr__ = lazy(__name__, _HOMES)
