"""The options of every kind that is reached over HTTP."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, ClassVar, Self
from urllib.parse import urljoin

from pydantic import AfterValidator, Field, JsonValue, field_validator, model_validator

from harness.errors import FieldError, names_secret
from harness.http import MIB, Settings, is_private, same_origin, secret_from
from harness.provider.options import Concurrency, Price, ProviderOptions, ServerPromise, Text
from harness.provider.remote.address_option import Retries, Url
from harness.provider.remote.server_environment import EnvironmentSource
from harness.provider.started.definition import EXAMPLE, PORT, ServerDefinition
from harness.vocabulary import SeedPromise

_KEYS = "set an environment variable and name it: api_key_env: NAME"


def _headers(headers: dict[str, str | int | float]) -> dict[str, str | int | float]:
    for name, value in headers.items():
        if names_secret(name):
            raise FieldError(f"`{name}` would keep a secret in a file", _KEYS, [name], at_key=True)
        if not all(part and part.isascii() and part.isprintable() for part in (name, str(value))):
            hint = "such as headers: {X-Title: my suite}"
            raise FieldError(f"`{name}` is not a text that a header can hold", hint, [name])
    return headers


def _or_name(schema: dict[str, Any]) -> None:
    schema["anyOf"].append({"type": "string", "minLength": 1})


class RemoteOptions(ProviderOptions):
    """How a service is reached, and how often."""

    auth: ClassVar[str | None] = "Bearer"
    """How the key is sent."""
    default_key_env: ClassVar[str | None] = None
    """The variable of the key where the options name none; None: no key is needed."""

    base_url: Url = Field(examples=["http://127.0.0.1:8080/v1"])
    """Where the service is."""
    api_key_env: Text | None = None
    """The environment variable that holds the key."""
    headers: Annotated[dict[str, str | int | float], AfterValidator(_headers)] = Field(default_factory=dict)
    """More headers for every call (name: text; no keys)."""
    retries: Retries = 3
    """Attempts after the first."""
    rate: Annotated[float, Field(ge=0.001)] | None = None
    """Calls a second at most."""
    concurrency: Concurrency = 4
    """How many images at a time."""
    max_bytes: Annotated[int, Field(ge=1024, le=2**31)] = 64 * MIB
    """Largest reply, in bytes."""
    allow_private: bool = False
    """Fetch images from private addresses too (a service of your own)."""
    price: Price | None = None
    """US dollars for an image."""
    environment_from: EnvironmentSource | None = None
    """Where the server reports its environment: {header: x-env}, {header: {gpu: x-gpu}} or {url: /version, fields:
    {gpu: device.name}}; read at each image."""
    server: ServerDefinition | None = Field(None, json_schema_extra=_or_name)
    """A server that the harness starts and ends: {command, ready, env, cwd, version, timeout, restart}, or the name of
    one under `servers:`. Free unless `price` says otherwise; a key is sent only where `api_key_env` names one."""

    @model_validator(mode="before")
    @classmethod
    def _free(cls, given: Any) -> Any:
        own = isinstance(given, Mapping) and given.get("server") is not None
        return {"price": 0.0, **given} if own else given

    @model_validator(mode="after")
    def _port_is_named(self) -> Self:
        if PORT in self.base_url and self.server is None:
            raise FieldError("{port} in `base_url` is that of a server to start", EXAMPLE, ["base_url"])
        if self.server is None:
            return self
        if PORT in self.base_url and not self.server.takes_port:
            hint = 'add it to `command`, such as [--port, "{port}"]'
            raise FieldError("`base_url` names {port}, and the server is not given it", hint, ["server", "command"])
        if self.server.takes_port and PORT not in self.base_url:
            hint = "such as base_url: http://127.0.0.1:{port}"
            raise FieldError("the server is given {port}, and `base_url` does not name it", hint, ["base_url"])
        return self

    @model_validator(mode="after")
    def _near(self) -> Self:
        url = None if self.environment_from is None else self.environment_from.url
        if url is not None and not same_origin(urljoin(self.base_url + "/", url), self.base_url):
            hint = "the key is sent along: name a path on the host of `base_url`, such as /version"
            raise FieldError("`url` is on another host than `base_url`", hint, ["environment_from", "url"])
        return self

    @property
    def sources(self) -> frozenset[str] | None:
        """The names of the fields of the environment that these options supply; None: not known before."""
        reported = frozenset[str]() if self.environment_from is None else self.environment_from.names
        started = () if self.server is None else self.server.reports
        return None if reported is None else reported.union(self.environment, started)

    @property
    def key_env(self) -> str | None:
        """The variable that holds the key, None where no key is used. Its value is not read here."""
        return self.api_key_env or (self.default_key_env if self.server is None else None)

    @property
    def transport(self) -> Settings:
        """How the client is set up, without the key."""
        return Settings(
            base_url=self.base_url,
            auth=self.auth,
            headers={name.lower(): str(value) for name, value in self.headers.items()},
            retries=self.retries,
            rate=self.rate,
            concurrency=self.concurrency,
            max_bytes=self.max_bytes,
            allow_private=self.allow_private,
        )

    def with_key(self) -> Settings:
        """Return how the client is set up, with the key where one is used. Raises MissingKeyError."""
        env = self.key_env
        return self.transport if env is None else replace(self.transport, secret=secret_from(env))


class BodyOptions(RemoteOptions):
    """Those whose requests are JSON that a user may add to."""

    reserved: ClassVar[tuple[str, ...]] = ()
    """Fields of a request that ``body`` cannot set."""

    body: dict[str, JsonValue] = Field(default_factory=dict)
    """More fields of every request, such as {moderation: low}."""

    @field_validator("body")
    @classmethod
    def _unreserved(cls, body: dict[str, JsonValue]) -> dict[str, JsonValue]:
        for name in body:
            if name in cls.reserved:
                raise FieldError(f"`body` cannot set `{name}`", "it is set from the case", [name], at_key=True)
        return body


class ServerOptions(RemoteOptions):
    """A server that a user runs."""

    promise: ServerPromise = SeedPromise.BEST_EFFORT
    """What its seed promises: none, best-effort or exact-per-environment."""

    @property
    def cost(self) -> float | None:
        """US dollars for an image; one made at this machine or a private address is free unless the user says more."""
        return 0.0 if self.price is None and is_private(self.base_url) else self.price
