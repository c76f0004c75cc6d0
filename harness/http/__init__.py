"""Transport: one client for every hosted system.

:class:`Transport` sends a :class:`Call` until it has a :class:`Reply` or an :class:`HttpError`: attempts, limits,
one deadline, keys that nothing shows. Nothing heavy is imported before a Transport is made.
"""

from typing import TYPE_CHECKING

from harness.lazy import lazy

if TYPE_CHECKING:
    from harness.http.address import checked_url, is_private, same_origin
    from harness.http.call import MIB, Call, Event, Reply, Settings
    from harness.http.cancellation import Cancellation
    from harness.http.cost import header_cost, usage_cost
    from harness.http.deadline import Deadline
    from harness.http.error_body import BLOCKED, error_codes, error_text, is_content_refusal, reported_error
    from harness.http.errors import HttpError
    from harness.http.guarded import GuardedPost, Posted
    from harness.http.json_base64 import b64_image, checked_image, decode_json
    from harness.http.secret import MissingKeyError, Secret, secret_from
    from harness.http.transport import Transport, auth_headers

__all__ = [
    "BLOCKED",
    "MIB",
    "Call",
    "Cancellation",
    "Deadline",
    "Event",
    "GuardedPost",
    "HttpError",
    "MissingKeyError",
    "Posted",
    "Reply",
    "Secret",
    "Settings",
    "Transport",
    "auth_headers",
    "b64_image",
    "checked_image",
    "checked_url",
    "decode_json",
    "error_codes",
    "error_text",
    "header_cost",
    "is_content_refusal",
    "is_private",
    "reported_error",
    "same_origin",
    "secret_from",
    "usage_cost",
]

# httpx takes long to import, and reading a provider's options needs none of it
__getattr__ = lazy(
    __name__,
    {
        "address": ("checked_url", "is_private", "same_origin"),
        "call": ("MIB", "Call", "Event", "Reply", "Settings"),
        "cancellation": ("Cancellation",),
        "cost": ("header_cost", "usage_cost"),
        "deadline": ("Deadline",),
        "error_body": ("BLOCKED", "error_codes", "error_text", "is_content_refusal", "reported_error"),
        "errors": ("HttpError",),
        "guarded": ("GuardedPost", "Posted"),
        "json_base64": ("b64_image", "checked_image", "decode_json"),
        "secret": ("MissingKeyError", "Secret", "secret_from"),
        "transport": ("Transport", "auth_headers"),
    },
)
