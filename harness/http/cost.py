"""What a reply says that its call cost, in US dollars: in its ``usage``, or in a header of a proxy."""

from collections.abc import Mapping
from typing import Any

HEADER = "x-litellm-response-cost"
"""Where LiteLLM's proxy states the cost of a call."""


def usage_cost(usage: Mapping[str, Any]) -> Any:
    """Return the cost that a ``usage`` states, as stated; None where it states none.

    With a key of one's own at the maker behind a gateway, ``cost`` is the share of the gateway and
    ``upstream_inference_cost`` what the maker charges: both are paid.
    """
    cost, details = usage.get("cost"), usage.get("cost_details")
    upstream = details.get("upstream_inference_cost") if isinstance(details, Mapping) else None
    if not _is_amount(upstream) or not upstream:
        return cost
    share = cost if _is_amount(cost) else 0
    return share + upstream if usage.get("is_byok") is True or not share else cost


def header_cost(headers: Mapping[str, str]) -> float | None:
    """Return the cost that a header states; None where none does."""
    try:
        return float(headers[HEADER])
    except (KeyError, ValueError):
        return None


def _is_amount(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0
