"""What beside its settings decides a provider's images: its program or weights."""

from harness.provider import identity_of
from harness.records import Recipe, Request, Subject, digest_of
from harness.suite import ProviderSpec


def identity_digest(spec: ProviderSpec, subject: Subject) -> str:
    """Return the digest of what beside its settings decides a provider's images, as far as it can be reported missing.

    Raises OSError when a file that decides cannot be read.
    """
    return digest_of(identity_of(spec, Recipe(Request(""), subject)))
