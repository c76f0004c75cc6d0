"""The REST APIs of a gateway."""

from harness.gateway.rest.app import create_app

__all__ = ["create_app"]
