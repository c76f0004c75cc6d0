"""Which codes of reasons belong together."""

from harness.vocabulary.codes import Code

CHANGES = frozenset(code for code in Code if code.startswith("change."))
"""What turns an accepted image into a new one, or where they differ."""
OBSERVED = frozenset({Code.CHANGE_REGION, Code.CHANGE_ROUNDING, Code.CHANGE_FORMAT})
"""Those of CHANGES that say how two images differ, and not why."""
UNSTEADY = frozenset({Code.REPEAT_ACCEPTED, Code.REPEAT_OTHER})
"""What says that an image does not repeat."""
EXPLAINING = CHANGES - OBSERVED | UNSTEADY
"""What is a mistake to look for rather than an image to accept."""
UNSHOWN = frozenset({Code.PROFILE_DIFFERS, Code.GAMMA_DIFFERS, Code.DEPTH_REDUCED})
"""Reasons that may stand beside any verdict, also a fine one: what the pixels of two images do not show."""
DECODING = frozenset(
    {
        *UNSHOWN, Code.IMAGE_FIRST_FRAME, Code.IMAGE_ROTATED, Code.IMAGE_CMYK, Code.IMAGE_PROFILE, Code.IMAGE_GAMMA,
        Code.IMAGE_TRAILING,
    }
)  # fmt: skip
"""What decoding an image changed or left out."""
