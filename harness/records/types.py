"""Types of fields, with what a file may hold in them: checked when a record is decoded, and part of the schemas."""

from typing import Annotated

from msgspec import Meta

INSIDE = r"^(?![/\\]|[A-Za-z]:)(?!(?:[^\0]*[/\\])?\.\.(?:[/\\]|$))[^\0]*$"
"""A relative path without ``..``: what it names is inside the folder that it belongs to."""

RelativeFile = Annotated[str, Meta(pattern=INSIDE)]
"""A file inside a folder, with ``/`` between the parts; empty where there is none."""

Digest = Annotated[str, Meta(pattern="^[0-9a-f]{64}$", max_length=64)]
"""SHA-256 as 64 hex digits."""

Hex = Annotated[str, Meta(pattern="^[0-9a-f]+$(?!\\n)")]
"""A perceptual hash, as ImageHash writes it."""

Dollars = Annotated[float, Meta(ge=0)]
"""An amount in US dollars."""

Seconds = Annotated[float, Meta(ge=0)]
"""A duration."""

Probability = Annotated[float, Meta(ge=0, le=1)]
"""A share, a p-value or a rate of false alarms."""

Count = Annotated[int, Meta(ge=0)]
"""How many."""

Pixels = Annotated[int, Meta(ge=1)]
"""A width or a height."""
