"""Images that a request names by address: data: URLs, and https: URLs on the open internet."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from harness.gateway.errors import InvalidRequestError
from harness.gateway.inputs import MOST_BYTES
from harness.gateway.service import Service, in_thread
from harness.http import Deadline, HttpError, Settings, Transport
from harness.records import InputImage

SECONDS = 30.0
"""To fetch one image."""
FETCHES = 16
"""Images fetched at a time."""
_FETCHING = ThreadPoolExecutor(FETCHES, "input image")
"""Threads of their own: a slow server occupies these alone."""
HINT = "send the image itself as a data: URL with base64, or an https:// address on the open internet"


async def input_image(service: Service, url: str, param: str) -> InputImage:
    """Return the stored image behind a URL; ``param`` names the field that it came in.

    Raises InvalidRequestError where it cannot be read, leads to a private address, or is no image.
    """
    return await in_thread(service.inputs.store, await fetched(url, param), param)


async def fetched(url: str, param: str) -> bytes:
    """Return the bytes of the image behind a URL. Raises InvalidRequestError where it cannot be read, or leads to a
    private address."""
    if url.strip()[:5].lower() == "data:":
        return await in_thread(_read, url, param)
    return await asyncio.get_running_loop().run_in_executor(_FETCHING, _read, url, param)


def _read(url: str, param: str) -> bytes:
    transport = Transport("input image", Settings("", retries=1, max_bytes=MOST_BYTES))
    try:
        return transport.image(url.strip(), Deadline.after(SECONDS))
    except HttpError as fault:
        raise InvalidRequestError(str(fault), HINT, param) from fault
    finally:
        transport.close()
