"""What the page is shown of outdated decisions: both sides, the image of the run and what is accepted now."""

from typing import Any

from harness.baseline import OutdatedMarksError


def conflicts_shown(fault: OutdatedMarksError) -> list[dict[str, Any]]:
    """Return each outdated mark: what was looked at, what is accepted now, its state, who changed it and when."""
    return [
        {
            "key": str(one.key),
            "problem": one.problem,
            "state": one.state,
            "image": one.image and one.image.pixel_digest,
            "accepted": [{"file": image.file, "pixels": image.pixel_digest} for image in one.accepted],
            "by": one.last
            and {name: getattr(one.last, name) for name in ("id", "who", "when", "action", "reason", "run")},
        }
        for one in fault.conflicts
    ]
