"""How many requests a minute a key may send, and how many of its jobs may be open."""

import math
import threading
import time
from collections import defaultdict

from pyrate_limiter import InMemoryBucket, Rate, RateItem

from harness.gateway.errors import RateLimitedError
from harness.gateway.keys import Keys

MINUTE_MS = 60_000


class KeyLimits:
    """The limits of each key: its own, or those of the gateway's options; from any thread. Without keys all requests
    count together."""

    def __init__(self, keys: Keys, rate: float | None, concurrency: int | None) -> None:
        self._keys, self._rate, self._concurrency = keys, rate, concurrency
        self._buckets: dict[tuple[str, float], InMemoryBucket] = {}
        self._guard = threading.Lock()
        self.refused: dict[str, int] = defaultdict(int)
        """Requests refused by rate, by key."""

    def concurrency_of(self, name: str) -> int | None:
        """Return how many jobs of a key may be open; None: no limit."""
        key = self._keys.named(name)
        return self._concurrency if key is None or key.concurrency is None else key.concurrency

    def rate_of(self, name: str) -> float | None:
        """Return how many requests a minute a key may send; None: no limit."""
        key = self._keys.named(name)
        return self._rate if key is None or key.rate is None else key.rate

    def count(self, name: str) -> None:
        """Count a request of a key. Raises RateLimitedError, with the seconds to wait, where it has sent too many."""
        rate = self.rate_of(name)
        if rate is None:
            return
        with self._guard:
            bucket = self._buckets.get((name, rate))
            if bucket is None:
                bucket = self._buckets[name, rate] = InMemoryBucket([_rate(rate)])
            now = math.floor(time.monotonic() * 1000)
            bucket.leak(now)
            item = RateItem(name, now)
            if bucket.put(item):
                return
            wait = bucket.waiting(item)
            self.refused[name] += 1
        seconds = max(0.001, (wait if isinstance(wait, int) else MINUTE_MS) / 1000)
        raise RateLimitedError(f"more than {rate:g} requests a minute", "send fewer, or wait", seconds=seconds)


def _rate(a_minute: float) -> Rate:
    if a_minute >= 1:
        return Rate(math.floor(a_minute), MINUTE_MS)
    return Rate(1, round(MINUTE_MS / a_minute))
