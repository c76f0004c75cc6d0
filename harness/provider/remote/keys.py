"""Whose key a variable holds, as far as its first letters say: a hint for a key that a service does not take."""

import os

BEGINNINGS = {
    "sk-or-": "OpenRouter",
    "sk-ant-": "Anthropic",
    "sk-proj-": "OpenAI",
    "sk-svcacct-": "OpenAI",
    "sk-admin-": "OpenAI (an admin key, which calls no models)",
    "AIza": "Google",
    "hf_": "Hugging Face",
    "r8_": "Replicate",
}
"""The first letters of keys, and whose they are."""
_OWNERS = {
    "openai": "OpenAI", "openrouter": "OpenRouter", "gemini": "Google", "replicate": "Replicate",
    "huggingface": "Hugging Face",
}  # fmt: skip


def foreign_key(variable: str | None, kind: str) -> str:
    """Return the remark that the key in a variable is another service's than that of a kind; empty where its first
    letters do not say so. Nothing of the key is shown."""
    key = os.environ.get(variable or "", "").strip()
    owner = next((name for beginning, name in BEGINNINGS.items() if key.startswith(beginning)), None)
    if owner is None or owner == _OWNERS.get(kind, owner):
        return ""
    return f"; it begins like a key of {owner}"
