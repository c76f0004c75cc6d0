"""Where accepted images are stored beside git."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

REMOTE = ("s3", "gs", "az")
"""Schemes of object stores."""


@dataclass(frozen=True, slots=True)
class StoreOptions:
    """A store of images and how it is asked. Credentials are never among the options."""

    url: str
    """``s3://bucket/prefix``, ``gs://bucket/prefix``, ``az://container/prefix``, or a folder: as it is shown and
    recorded."""
    folder: str = ""
    """The folder, as the working folder reaches it; empty for a bucket."""
    region: str = ""
    """Of an S3 bucket."""
    endpoint: str = ""
    """The address of a service that speaks S3 or Azure's protocol, where it is not the vendor's own."""
    allow_http: bool = False
    """Whether the endpoint may be asked without TLS."""
    timeout: float = 60.0
    """Seconds for one image, all attempts together."""
    cache: str = ""
    """Folder of the images that were fetched."""
    cache_gb: float = 2.0
    """The most that the cache holds, in 10^9 bytes; 0: nothing."""


def url_trouble(url: str) -> str:
    """Return what is wrong with the address of a store; empty for nothing."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        return ""
    if scheme == "file":
        return "" if rest.startswith("/") else "has no absolute path: file:///folder"
    if scheme not in REMOTE:
        return f"begins with none of {', '.join(f'{one}://' for one in REMOTE)} and file://, and is no path"
    return remote_trouble(url) or (
        "" if urlsplit(url).netloc else f"names no {'container' if scheme == 'az' else 'bucket'}"
    )


def remote_trouble(url: str) -> str:
    """Return why an address may not be recorded: it holds a login or a query; empty for nothing."""
    if "@" in urlsplit(url).netloc:
        return "holds a login: credentials come from the environment"
    if re.search(r"[?#]", url):
        return "holds a query: options are keys of their own, and credentials come from the environment"
    return ""
