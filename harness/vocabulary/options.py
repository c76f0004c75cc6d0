"""Options of a provider that the suite must know whatever its kind."""

OUTSIDE_SUBJECT = frozenset(
    {
        "promise", "price", "concurrency", "workers", "api_key_env", "headers", "retries", "rate", "max_bytes",
        "allow_private", "timeout", "stream", "poll", "local_files_only", "environment", "environment_from", "server",
        "hub_url",
    }
)  # fmt: skip
"""Options that say how a provider is reached, not what it generates: they are no part of the subject."""

ADDRESS_OPTIONS = frozenset({"base_url"})
"""Options that say where a provider, viewer or chat model is reached: part of the recipe, as another server may
generate another image, but not of what a recording is looked up by."""

MACHINE_FIELDS = frozenset(
    {"gpu", "gpu_family", "gpu_driver", "driver", "cuda", "cpu", "cpu_level", "threads", "machine", "host", "image"}
)
"""Usual names of what a server or a machine is: any suite may state them, so they are no slips of the pen."""
NAMES_SERVICE = frozenset(
    {
        "served_model", "served_by", "fingerprint", "routed", "version", "weights", "vae", "vae_weights", "sampler",
        "scheduler", "workflow", "omitted", "clamped",
    }
)  # fmt: skip
"""Entries of an environment that name the model or the service: they say nothing of the machine it runs on."""
