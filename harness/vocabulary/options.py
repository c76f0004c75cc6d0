"""Options of a provider that the suite must know whatever its kind."""

OUTSIDE_SUBJECT = frozenset(
    {
        "promise", "price", "concurrency", "api_key_env", "headers", "retries", "rate", "max_bytes", "allow_private",
        "timeout", "stream", "poll", "local_files_only",
    }
)  # fmt: skip
"""Options that say how a provider is reached, not what it generates: they are no part of the subject."""
