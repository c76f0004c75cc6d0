"""Faults on demand, for tests of a gateway's clients: which request gets which."""

import hashlib
import math
import threading
from collections.abc import Mapping
from itertools import count

from harness.errors import GenerationError, UsageError
from harness.gateway.errors import InvalidRequestError
from harness.gateway.records import ImageRequest
from harness.vocabulary import FaultKind, Operation

ALLOW = "allow"
"""In place of rates: none by itself, those that requests ask for."""
BEFORE = frozenset({FaultKind.RATE_LIMITED, FaultKind.SERVER_ERROR, FaultKind.UNAVAILABLE, FaultKind.TIMEOUT})
"""Faults in place of a job: none is made."""
OF_IMAGES = frozenset({FaultKind.WRONG_SEED, FaultKind.BLANK})
"""Faults of what a job gives."""
HEADER = "x-harness-fault"
"""Of a request, the fault that it asks for; of a response, the one that it is."""
_KINDS = ", ".join(FaultKind)


class InjectedFaultError(GenerationError):
    """A fault that a gateway made on demand."""

    def __init__(self, kind: FaultKind) -> None:
        super().__init__("gateway", f"the fault {kind} was made on demand", "see --fault")
        self.kind = kind


class Faults:
    """Decides which requests are answered with a fault; from any thread.

    The n-th request that would begin a job gets the same fault for the same seed and rates.
    """

    def __init__(self, text: str = "", seed: int = 0) -> None:
        """``text`` is empty (no faults), ``allow``, or ``kind:probability`` with commas between. Raises UsageError."""
        self.enabled = bool(text.strip())
        self.rates = parse(text)
        self._seed = seed
        self._numbers = count()
        self._guard = threading.Lock()

    def choose(self, asked: str | None, request: ImageRequest) -> FaultKind | None:
        """Return the fault of a request: the one that it asks for, otherwise one by chance or None.

        Raises InvalidRequestError for one that is asked for and cannot be had.
        """
        if asked is not None:
            return self._asked(asked, request)
        if not self.rates:
            return None
        with self._guard:
            number = next(self._numbers)
        digest = hashlib.sha256(f"{self._seed}:{number}".encode()).digest()
        chance = int.from_bytes(digest[:8], "big") / 2**64
        for kind, rate in self.rates.items():
            if chance < rate:
                return kind if can_have(request, kind) else None
            chance -= rate
        return None

    def _asked(self, asked: str, request: ImageRequest) -> FaultKind:
        if not self.enabled:
            raise InvalidRequestError("faults on demand are off", "start the gateway with --fault allow", HEADER)
        try:
            kind = FaultKind(asked.strip())
        except ValueError:
            raise InvalidRequestError(f"there is no fault '{asked[:40]}'", f"one of {_KINDS}", HEADER) from None
        if not can_have(request, kind):
            hint = "wrong-seed needs a seed, and blank an image"
            raise InvalidRequestError(f"this request cannot have the fault {kind}", hint, HEADER)
        return kind


def can_have(request: ImageRequest, kind: FaultKind) -> bool:
    """Return whether a request can have a fault: there is no wrong seed without a seed, and no blank answer."""
    if kind in OF_IMAGES and request.operation is Operation.ASK:
        return False
    return kind is not FaultKind.WRONG_SEED or request.seed is not None


def parse(text: str) -> Mapping[FaultKind, float]:
    """Return the probabilities in a text such as ``429:0.1,timeout:0.05``, in the order of FaultKind.

    Raises UsageError: an unknown or repeated kind, a probability that is none, more than 1 in all.
    """
    rates: dict[FaultKind, float] = {}
    parts = [] if text.strip() == ALLOW else [part.strip() for part in text.split(",")]
    for part in filter(None, parts):
        name, _, number = (piece.strip() for piece in part.partition(":"))
        try:
            kind, rate = FaultKind(name), float(number)
        except ValueError:
            raise UsageError(f"--fault: '{part[:60]}' is not kind:probability", f"kinds: {_KINDS}") from None
        if kind in rates:
            raise UsageError(f"--fault: {kind} is there twice", "give each kind once")
        if not 0 <= rate <= 1:
            raise UsageError(f"--fault: the probability of {kind} is {number}", "from 0 to 1")
        rates[kind] = rate
    if math.fsum(rates.values()) > 1 + 1e-9:
        raise UsageError("--fault: the probabilities are more than 1 together", "a request gets one fault at most")
    return {kind: rates[kind] for kind in FaultKind if kind in rates}
