"""API keys of a gateway: a file with a hash of each, read again when it changes.

A key is 256 random bits, so SHA-256 is enough: what makes the hash of a password slow (scrypt, Argon2) protects secrets
that can be guessed, and would cost every request that time. The file has one JSON object a line.
"""

import hashlib
import hmac
import re
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.errors import UsageError
from harness.gateway.errors import UnauthorizedError, UnavailableError
from harness.ledger import Lock, atomic_write, make_folder, timestamp, writing
from harness.records import decode_json, encode_json

PREFIX = "hk_"
"""Every key begins with it, so that secret scanners find keys that were published."""
BYTES = 32
"""Of randomness in a key."""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key without the key itself."""

    name: str
    """Unique; shown in logs, metrics and the status page."""
    sha256: str
    """Of the key, 64 hexadecimal digits."""
    created: str
    """ISO 8601, UTC."""
    rate: float | None = None
    """Requests a minute; None: as the gateway's options say."""
    concurrency: int | None = None
    """Jobs that are not final; None: as the gateway's options say."""


def add_key(path: Path, name: str, *, rate: float | None = None, concurrency: int | None = None) -> str:
    """Add a key to a file, which is made where there is none; returns the key, which is not stored anywhere.

    Raises UsageError: the name is taken, or a value is out of range; WriteError.
    """
    if not NAME.fullmatch(name):
        raise UsageError(f"'{name[:64]}' cannot name a key", "1 to 64 letters, digits and . _ @ -")
    if rate is not None and not 0 < rate <= 1e6:
        raise UsageError(f"rate is {rate}", "requests a minute, above 0 and at most 1,000,000")
    if concurrency is not None and concurrency < 1:
        raise UsageError(f"concurrency is {concurrency}", "at least 1")
    key = PREFIX + secrets.token_urlsafe(BYTES)
    with _changing(path) as keys:
        if any(one.name == name for one in keys):
            raise UsageError(f"there is a key '{name}' already", "revoke it first, or choose another name")
        keys.append(ApiKey(name, _digest(key), timestamp(), rate, concurrency))
    return key


def revoke_key(path: Path, name: str) -> None:
    """Remove a key from a file; running gateways refuse it from then on. Raises UsageError where there is none."""
    with _changing(path) as keys:
        left = [one for one in keys if one.name != name]
        if len(left) == len(keys):
            known = ", ".join(one.name for one in keys) or "none"
            raise UsageError(f"there is no key '{name[:64]}'", f"there are: {known}")
        keys[:] = left


def list_keys(path: Path) -> list[ApiKey]:
    """Return the keys of a file, oldest first. Raises UsageError: it cannot be read, or a line is damaged."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError as fault:
        raise UsageError(
            f"the keys file {path} cannot be read: {fault.strerror}", f"make it: harness keys add NAME --keys {path}"
        ) from fault
    found = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                found.append(decode_json(ApiKey, line))
            except (ValueError, RecursionError) as fault:
                raise UsageError(f"{path.name}, line {number}: {fault}", "correct the line, or remove it") from fault
    return found


class Keys:
    """The keys that a gateway accepts; from any thread. ``path`` None: none is needed."""

    def __init__(self, path: Path | None) -> None:
        """Read the file. Raises UsageError where that cannot be done."""
        self._path = path
        self._guard = threading.Lock()
        self._keys: list[ApiKey] = []
        self._stamp: tuple[int, ...] = ()
        if path is not None:
            self._keys, self._stamp = list_keys(path), _stamp(path)

    @property
    def needed(self) -> bool:
        """Whether requests need a key."""
        return self._path is not None

    def authenticate(self, presented: str | None) -> str:
        """Return the name of a key, empty where none is needed.

        Raises UnauthorizedError, and UnavailableError while the file cannot be read: a fault admits no request.
        """
        if self._path is None:
            return ""
        if not presented:
            raise UnauthorizedError("there is no API key", "send `Authorization: Bearer hk_…` or `x-api-key: hk_…`")
        digest, name = _digest(presented), ""
        for one in self._current():
            # every key is compared, in constant time, so that the time says nothing of how many match or where
            if hmac.compare_digest(one.sha256, digest):
                name = one.name
        if not name:
            raise UnauthorizedError("the API key is wrong", "it may have been revoked")
        return name

    def named(self, name: str) -> ApiKey | None:
        """Return a key by its name, None where there is none. Raises UnavailableError as :meth:`authenticate`."""
        if self._path is None:
            return None
        return next((one for one in self._current() if one.name == name), None)

    def _current(self) -> list[ApiKey]:
        assert self._path is not None
        with self._guard:
            try:
                stamp = _stamp(self._path)
                if stamp != self._stamp:
                    self._keys, self._stamp = list_keys(self._path), stamp
            except (OSError, UsageError) as fault:
                self._stamp = ()
                raise UnavailableError("the keys file cannot be read", "see the log of the gateway") from fault
            return self._keys


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def _stamp(path: Path) -> tuple[int, ...]:
    found = path.stat()
    return found.st_ino, found.st_mtime_ns, found.st_size


@contextmanager
def _changing(path: Path) -> Iterator[list[ApiKey]]:
    """Yield the keys of a file, and write them when the block ends; one process at a time."""
    make_folder(path.parent)
    lock = Lock(path.parent, wait=10.0)
    try:
        keys = list_keys(path) if path.exists() else []
        yield keys
        atomic_write(path, b"".join(encode_json(one) + b"\n" for one in keys))
        with writing(path):
            path.chmod(0o600)
    finally:
        lock.release()
