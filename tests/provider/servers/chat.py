"""Chat completions as OpenAI's documentation has them, for interpreters."""

import json
from typing import Any

from tests.provider.servers.base import Act, reply

SCENE = {
    "steps": [
        {"words": "two red circles", "effect": "things += 2 red circles", "kind": "read"},
        {"words": "if there is a circle, no green", "effect": "true: absent += green", "kind": "read"},
    ],
    "things": [{"shape": "circle", "color": "red", "size": None, "count": 2, "place": None}],
    "relations": [],
    "background": {"kind": "plain", "color": "white", "time": None},
    "style": "flat",
    "absent": [{"shape": None, "color": "green"}],
    "unknown": [],
}


def chat(
    content: Any, *, finish: str = "stop", cost: float | None = 0.0004, model: str = "reader-1-2026", **message: Any
) -> Act:
    """A chat completion."""
    text = content if isinstance(content, str) else json.dumps(content)
    usage = {"prompt_tokens": 700, "completion_tokens": 90, "total_tokens": 790}
    return reply(
        {
            "id": "gen-1",
            "object": "chat.completion",
            "model": model,
            "system_fingerprint": "fp_7",
            "choices": [
                {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text, **message}}
            ],
            "usage": usage if cost is None else {**usage, "cost": cost},
        }
    )
