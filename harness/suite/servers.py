"""The servers that a suite or a project defines, and the providers that name one of them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from harness.suite.names import name_trouble
from harness.suite.provider_spec import ProviderSpec
from harness.suite.read import SuiteFile, complain_provider

Servers = Mapping[str, Mapping[str, Any]]
"""Definitions of servers by name; of these ``cwd`` is absolute."""


def read_servers(given: Servers, source: SuiteFile) -> Servers:
    """Return the servers that a file defines; complains about what is wrong with them."""
    if not given:
        return {}
    from harness.provider import BadOptionError, ServerDefinition, rooted

    for name, definition in given.items():
        if trouble := name_trouble(name):
            source.complain(("servers", name), f'name "{name[:60]}" {trouble}', at_key=True)
        try:
            ServerDefinition.read(name, definition)
        except BadOptionError as fault:
            complain_provider(source, name, fault, "servers")
    return {name: rooted(definition, source.path.parent) for name, definition in given.items()}


def with_server_of(spec: ProviderSpec, servers: Servers, chosen: str | None = None) -> ProviderSpec:
    """Return a provider with the definition of its server in place of a name; ``chosen`` is one that replaces its own,
    and becomes part of the name of the provider. Raises FieldError for a server that is not defined."""
    named = chosen or spec.options.get("server")
    if "server" not in spec.options or not isinstance(named, str):
        return spec
    from harness.provider import with_server

    options = with_server({**spec.options, "server": named}, servers)
    return replace(spec, name=f"{spec.name}@{chosen}" if chosen else spec.name, options=options)
