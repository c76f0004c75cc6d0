"""How a server is started: what ``server:`` of a provider and ``servers:`` of a file hold."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, model_validator

from harness.errors import FieldError, names_secret, nearest
from harness.provider.options import OptionRecord, Text
from harness.provider.process_environment import PASSED

PORT = "{port}"
"""Stands for the free port that is chosen, in ``command``, ``env``, ``ready`` and ``base_url``."""
EXAMPLE = 'such as server: {command: [python, server.py, --port, "{port}"], ready: /health}'


def _variables(env: dict[str, str | int | float]) -> dict[str, str | int | float]:
    for name, value in env.items():
        if names_secret(name):
            hint = f"take it from the environment of the harness: pass_env: [{name}]"
            raise FieldError(f"`{name}` would keep a secret in a file", hint, [name], at_key=True)
        if not name or "=" in name or "\0" in f"{name}{value}":
            raise FieldError(
                f"`{name}` is not the name of a variable with its value", "such as env: {MODE: test}", [name]
            )
    return env


class ServerDefinition(OptionRecord):
    """A server that the harness starts and ends itself."""

    command: Annotated[list[Text | int | float], Field(min_length=1)] = Field(
        examples=['[python, server.py, --port, "{port}"]']
    )
    """The program and its arguments, started without a shell; {port} is a free port."""
    ready: Text | None = None
    """A path or URL that answers with a status of 2xx once the server is ready, such as /health. Default: the port
    accepts connections."""
    env: Annotated[dict[str, str | int | float], AfterValidator(_variables)] = Field(default_factory=dict)
    """Environment variables (name: value; no keys)."""
    pass_env: list[Text] = Field(default_factory=list)
    """Names of environment variables of the harness that the server may see beside the usual ones, keys too."""
    cwd: Text = "."
    """The folder it runs in. Relative paths start at the file that defines it."""
    version: Annotated[list[Text], Field(min_length=1)] | None = None
    """A command that prints the version of the server, run in `cwd`, such as [git, describe, --tags]."""
    timeout: Annotated[float, Field(gt=0, le=3600)] = 120.0
    """Seconds until it must be ready."""
    restart: Annotated[int, Field(ge=0, le=100)] = 0
    """How often it is started again after a crash."""

    @model_validator(mode="before")
    @classmethod
    def _defined(cls, value: Any) -> Any:
        if isinstance(value, str):
            raise FieldError(f"there is no server named `{value}`", "define it under `servers:`, " + EXAMPLE[8:])
        return value

    @model_validator(mode="after")
    def _port_is_given(self) -> Self:
        if self.ready is not None and PORT in self.ready and not self.takes_port:
            hint = 'add it to `command`, such as [--port, "{port}"]'
            raise FieldError("`ready` names {port}, and neither `command` nor `env` does", hint, ["ready"])
        return self

    @property
    def takes_port(self) -> bool:
        """Whether the server is given the port to listen on."""
        return any(PORT in str(part) for part in (*self.command, *self.env.values()))

    @property
    def reports(self) -> tuple[str, ...]:
        """The fields of the environment that it supplies."""
        version = ("server.version",) if self.version is not None else ()
        return "server", "server.command", "server.commit", *version

    def arguments(self, port: int) -> list[str]:
        """Return the program and its arguments."""
        return [str(part).replace(PORT, str(port)) for part in self.command]

    def variables(self, port: int) -> dict[str, str]:
        """Return the environment variables of the server."""
        passed = {name: os.environ[name] for name in (*PASSED, *self.pass_env) if name in os.environ}
        own = {name: str(value).replace(PORT, str(port)) for name, value in self.env.items()}
        # without it a Python program keeps its last lines to itself when it is killed
        return {"PYTHONUNBUFFERED": "1"} | passed | own


def with_server(options: Mapping[str, Any], servers: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the options of a provider with the definition in place of the name of a server. Raises FieldError for a
    name that is not defined."""
    name = options.get("server")
    if not isinstance(name, str):
        return dict(options)
    if name not in servers:
        hint = nearest(name, servers) if servers else f"define it: servers: {{{name}: {EXAMPLE[16:]}}}"
        raise FieldError(f"there is no server named `{name}`", hint, ["server"])
    return {**options, "server": dict(servers[name])}


def rooted(definition: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return the definition of a server with a ``cwd`` that does not depend on who uses it."""
    cwd = definition.get("cwd", ".")
    return {**definition, "cwd": str(folder.absolute() / cwd)} if isinstance(cwd, str) else dict(definition)
