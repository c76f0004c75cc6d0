"""A bucket of S3, Google Cloud Storage or Azure as a store, by obstore; the credentials are those of the environment.

obstore repeats what may be repeated (a connection that fails, 429, 500, 503, a reply that ends early); what is
recorded of its errors are the status and the code of the service, never its text.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from harness.errors import MissingExtraError
from harness.records import StoreOptions
from harness.store.errors import ObjectMissingError, StoreFailedError
from harness.store.place import Stored

if TYPE_CHECKING:
    from obstore.store import ObjectStore

RETRIES = 5
CONNECT = timedelta(seconds=5)
"""Longest wait for a connection."""
_STATUS = re.compile(r"status code: (\d{3}(?: [A-Z][A-Za-z ]*)?)")
_CODE = re.compile(r"(?:<Code>|\(code: )(\w+)")
_KIND = re.compile(r"kind: (\w+)")
_SOURCE = re.compile(r"Missing\w+|InvalidCredentials|credential", re.IGNORECASE)
_NO_PLACE = frozenset({"NoSuchBucket", "ContainerNotFound"})
_CREDENTIALS = (
    "check the credentials in the environment: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY (S3), "
    "GOOGLE_APPLICATION_CREDENTIALS (GCS), AZURE_STORAGE_ACCOUNT_NAME, AZURE_STORAGE_ACCOUNT_KEY (Azure)"
)
_HINTS = {
    "NoSuchBucket": "create the bucket, or correct `store.url`",
    "ContainerNotFound": "create the container, or correct `store.url`",
    "RequestTimeTooSkewed": "set the clock of this machine: requests are signed with the time",
    "AccessDenied": "these credentials may not do this; reading needs no right to write or delete",
}


class Bucket:
    """Objects below the prefix of a bucket."""

    def __init__(self, options: StoreOptions) -> None:
        """Connect to nothing yet. Raises MissingExtraError, and StoreFailedError for options that do not fit."""
        self.name = options.url
        try:
            import obstore
            from obstore.store import from_url
        except ModuleNotFoundError as fault:
            raise MissingExtraError(f"the store {self.name}", "store") from fault
        self._api = obstore
        attempt = timedelta(seconds=options.timeout / 4)
        config = {"region": options.region, "endpoint": options.endpoint}
        client: Any = {"timeout": attempt, "connect_timeout": min(attempt, CONNECT), "allow_http": options.allow_http}
        backoff = {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=3), "base": 2.0}
        retry: Any = {"max_retries": RETRIES, "retry_timeout": 3 * attempt, "backoff": backoff}
        given: Any = {name: value for name, value in config.items() if value}
        with self._reached(""):
            self._store: ObjectStore = from_url(
                options.url, config=given or None, client_options=client, retry_config=retry
            )

    def get(self, key: str) -> bytes:
        with self._reached(key):
            return bytes(self._api.get(self._store, key).bytes())

    def create(self, key: str, data: bytes) -> bool:
        with self._reached(key):
            try:
                self._api.put(self._store, key, data, mode="create", use_multipart=False)
            except self._api.exceptions.AlreadyExistsError:
                return False
            return True

    def listed(self, prefix: str) -> Iterator[Stored]:
        with self._reached(""):
            for page in self._api.list(self._store, prefix=prefix):
                for one in page:
                    yield Stored(str(one["path"]), one["size"], one["last_modified"].timestamp())

    def delete(self, key: str) -> None:
        with self._reached(key):
            self._api.delete(self._store, key)

    @contextmanager
    def _reached(self, key: str) -> Iterator[None]:
        """Turn what obstore raises into the faults of this room."""
        try:
            yield
        except (self._api.exceptions.BaseError, OSError, ValueError) as fault:
            text = str(fault)
            code = found[1] if (found := _CODE.search(text)) else ""
            missing = isinstance(fault, (FileNotFoundError, self._api.exceptions.NotFoundError))
            if missing and key and code not in _NO_PLACE:
                raise ObjectMissingError(self.name, key) from None
            raise self._failed(text, code) from None

    def _failed(self, text: str, code: str) -> StoreFailedError:
        if status := _STATUS.search(text):
            problem = f"answered {status[1].strip()}" + (f" ({code})" if code else "")
            refused = status[1].startswith(("401", "403"))
            hint = _HINTS.get(code, _CREDENTIALS if refused else StoreFailedError.hint)
            return StoreFailedError(self.name, problem, hint)
        if code:
            return StoreFailedError(self.name, f"refused it ({code})", _HINTS.get(code, _CREDENTIALS))
        if kind := _KIND.search(text):
            return StoreFailedError(self.name, f"gave no whole answer ({kind[1].lower()})")
        if _SOURCE.search(text):
            return StoreFailedError(self.name, "cannot be asked without credentials", _CREDENTIALS)
        hint = "`region` is for S3, `endpoint` for S3 and Azure; a prefix has no `//` and no `..`"
        return StoreFailedError(self.name, "cannot be used with these options", hint)
