"""Webhooks: signed as Standard Webhooks says, tried again until they arrive or the schedule ends."""

import base64
import binascii
import logging
import queue
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from standardwebhooks.webhooks import Webhook

from harness.errors import UsageError, excerpt
from harness.gateway.delivery_store import Delivery, DeliveryStore
from harness.gateway.errors import InvalidRequestError
from harness.http import Deadline, GuardedPost, HttpError, Posted, is_private
from harness.records import encode_json
from harness.vocabulary import DeliveryState

LOG = logging.getLogger("harness.gateway.webhooks")
TIMEOUT = 20.0
"""Seconds for one attempt."""
LEASE = 3 * TIMEOUT
"""Seconds after which a delivery of a process that ended is taken by another."""
LOOK = 0.5
"""Seconds between looks for what is due."""
SENDERS = 8
"""Deliveries at a time."""
LONGEST_URL = 2000
GONE = 410
PREFIX = "whsec_"


def checked_secret(secret: str) -> Webhook:
    """Return what signs with a secret. Raises UsageError where it is none: ``whsec_`` and base64 of 24 to 64 bytes."""
    try:
        size = len(base64.b64decode(secret.removeprefix(PREFIX), validate=True)) if secret.startswith(PREFIX) else 0
    except (binascii.Error, ValueError):
        size = 0
    if not 24 <= size <= 64:
        hint = "make one with: python -c \"import base64, secrets; print('whsec_' + "
        hint += 'base64.b64encode(secrets.token_bytes(32)).decode())"'
        raise UsageError("the webhook secret is not whsec_ and base64 of 24 to 64 bytes", hint)
    return Webhook(secret)


def check_url(url: str, *, enabled: bool, allow_private: bool) -> None:
    """Raise InvalidRequestError where no webhook would be sent to an address; its name is looked up only then."""
    if not enabled:
        raise InvalidRequestError("webhooks are off", "start the gateway with HARNESS_WEBHOOK_SECRET", "webhook")
    try:
        parts = urlsplit(url)
        _ = parts.port
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
    except ValueError:
        valid = False
    if not valid or len(url) > LONGEST_URL or not url.isprintable() or any(map(str.isspace, url)):
        hint = f"https://host/path, without a login, at most {LONGEST_URL:,} characters"
        raise InvalidRequestError("the webhook is not an address", hint, "webhook")
    if not allow_private and (parts.scheme != "https" or is_private(url)):
        hint = "an https:// address on the open internet, or --webhook-private"
        raise InvalidRequestError("webhooks do not go to private addresses, nor without TLS", hint, "webhook")


class Deliverer:
    """Sends the webhooks of a database that are due, in threads of its own, until it is stopped."""

    def __init__(
        self,
        store: DeliveryStore,
        secret: str,
        *,
        allow_private: bool = False,
        schedule: Sequence[float],
        timeout: float = TIMEOUT,
        lease: float = LEASE,
        look: float = LOOK,
        on_attempt: Callable[[str], None] = lambda _: None,
    ) -> None:
        """``schedule`` are the seconds before each attempt; ``on_attempt`` is called with the outcome of each. Raises
        UsageError for a bad secret."""
        self.id = uuid.uuid4().hex
        self._store, self._webhook, self._schedule = store, checked_secret(secret), tuple(schedule)
        self._timeout, self._lease, self._look, self._on_attempt = timeout, lease, look, on_attempt
        self._post = GuardedPost(allow_private=allow_private)
        self._queue: queue.SimpleQueue[Delivery | None] = queue.SimpleQueue()
        self._free = threading.Semaphore(SENDERS)
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._take, name="gateway webhooks", daemon=True)] + [
            threading.Thread(target=self._send, name=f"gateway webhook {number}", daemon=True)
            for number in range(SENDERS)
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self, drain: float = TIMEOUT) -> None:
        """Begin nothing more, wait up to ``drain`` seconds for what is being sent, and give up the rest."""
        self._stopping.set()
        self._wake.set()
        end = time.monotonic() + drain
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))
        self._post.close()
        self._store.release(self.id)

    def _take(self) -> None:
        """Hand what is due to the senders, as they are free."""
        while not self._stopping.is_set():
            room = 0
            while room < SENDERS and self._free.acquire(blocking=False):
                room += 1
            taken: list[Delivery] = []
            try:
                taken = self._store.claim(self.id, room, self._lease)
            except Exception as fault:  # the database may be back soon: what is due waits, and nothing is lost
                LOG.warning("webhooks wait: %s", excerpt(str(fault)))
            for delivery in taken:
                self._queue.put(delivery)
            for _ in range(room - len(taken)):
                self._free.release()
            if len(taken) < room or not room:
                self._wake.wait(self._look)
                self._wake.clear()
        for _ in range(SENDERS):
            self._queue.put(None)

    def _send(self) -> None:
        while (delivery := self._queue.get()) is not None:
            try:
                if not self._stopping.is_set():
                    self._attempt(delivery)
            except Exception:  # one delivery must not end the thread: its lease runs out, and it comes again
                LOG.exception("delivery %s", delivery.id)
            finally:
                self._free.release()
                self._wake.set()

    def _attempt(self, delivery: Delivery) -> None:
        """Send a delivery once, and store the outcome."""
        now, begun = time.time(), time.perf_counter()
        entry: dict[str, Any] = {"at": round(now, 3)}
        status, disabled = None, self._store.is_disabled(delivery.url)
        if disabled:
            entry["error"] = "the receiver is disabled"
        else:
            try:
                status = entry["status"] = self._sent(delivery).status
            except HttpError as fault:
                entry |= {"error": f"{fault.kind}: {fault}"}
        entry["ms"] = round((time.perf_counter() - begun) * 1000, 1)
        state, due = self._next(delivery, status, disabled=disabled)
        if status == GONE:
            self._store.disable(delivery.url, f"it answered {GONE} to {delivery.id}")
        self._store.attempted(self.id, delivery, state, entry, due)
        self._on_attempt(state if state is not DeliveryState.PENDING else "retry")
        LOG.info("%s", encode_json({"event": "webhook", "delivery": delivery.id, "state": state, **entry}).decode())

    def _next(self, delivery: Delivery, status: int | None, *, disabled: bool) -> tuple[DeliveryState, float | None]:
        """Return the state after an attempt, and when the next one is due."""
        if status is not None and 200 <= status < 300:
            return DeliveryState.DELIVERED, None
        if status == GONE or disabled:
            return DeliveryState.DISABLED, None
        if delivery.attempts + 1 >= len(self._schedule):
            return DeliveryState.FAILED, None
        return DeliveryState.PENDING, time.time() + self._schedule[delivery.attempts + 1]

    def _sent(self, delivery: Delivery) -> Posted:
        body = encode_json(delivery.payload)
        now = datetime.now(UTC)
        headers = {
            "content-type": "application/json",
            "webhook-id": delivery.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._webhook.sign(delivery.id, now, body.decode()),
        }
        return self._post.send(delivery.url, body, headers, Deadline.after(self._timeout))
