"""The entry-point groups of other packages."""

OURS = "image_harness."
"""What the names of all groups begin with."""
COMPARATORS = "image_harness.comparators"
"""Metrics: an entry point names a :class:`harness.comparison.Comparator`."""
PROVIDERS = "image_harness.providers"
"""Kinds of provider: the name is the kind, the object a :class:`harness.provider.Adapter`."""
VIEWERS = "image_harness.viewers"
"""Kinds of viewer: the name is the kind, the object a :class:`harness.vision.ViewerKind`."""
GROUPS = (COMPARATORS, PROVIDERS, VIEWERS)
"""All of them."""
