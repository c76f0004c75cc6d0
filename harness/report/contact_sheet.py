"""One image of the findings of a run, to be seen where a page cannot be: accepted image, new image, heat map."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import HarnessError
from harness.image import read_file
from harness.ledger import atomic_write
from harness.records import TrialResult
from harness.report.files import ReportError
from harness.report.image_paths import Images
from harness.report.words import trial_name

if TYPE_CHECKING:
    from PIL.Image import Image

SIDE = 220
"""Pixels of the longer side of an image on the sheet."""
GAP = 10
CAPTION = 22
"""Pixels above each row, for its verdict and trial."""
MOST = 6
"""Findings on a sheet."""


def write_contact_sheet(folder: Path, baselines: Path, results: Sequence[TrialResult]) -> Path | None:
    """Write ``contact-sheet.png`` in the folder of a run, with a row for each of the first MOST results that have an
    image: accepted, new, heat map.

    Returns None, and writes nothing, where none has one. Raises ReportError when the file cannot be written.
    """
    from PIL import Image, ImageDraw, ImageFont

    images, path = Images(folder, baselines), folder / "contact-sheet.png"
    shown = [(result, images.of(result)) for result in results if result.image is not None][:MOST]
    if not shown:
        return None
    width, height = 3 * (SIDE + GAP) + GAP, len(shown) * (SIDE + CAPTION + GAP) + GAP
    page = Image.new("RGB", (width, height), "white")
    canvas, font = ImageDraw.Draw(page), ImageFont.load_default(size=13)
    for row, (result, places) in enumerate(shown):
        top = GAP + row * (SIDE + CAPTION + GAP)
        canvas.text((GAP, top), f"{result.outcome.verdict}: {trial_name(result)}"[:90], fill="#222", font=font)
        for column, (name, place) in enumerate(
            (("nothing accepted", places.baseline), ("no image", places.candidate), ("no heat map", places.heat_map))
        ):
            corner = (GAP + column * (SIDE + GAP), top + CAPTION)
            thumbnail = None if place is None else _thumbnail(place.path)
            if thumbnail is None:
                canvas.rectangle((*corner, corner[0] + SIDE, corner[1] + SIDE), outline="#bbb")
                canvas.text((corner[0] + GAP, corner[1] + GAP), name, fill="#666", font=font)
            else:
                page.paste(thumbnail, corner)
    buffer = io.BytesIO()
    page.save(buffer, "PNG", optimize=True)
    try:
        atomic_write(path, buffer.getvalue())
    except OSError as fault:
        raise ReportError(path, fault.strerror or str(fault)) from fault
    return path


def _thumbnail(path: Path) -> "Image | None":
    """Return an image of at most SIDE pixels a side; None for a file that is missing or no image."""
    from PIL import Image

    try:
        image = Image.fromarray(read_file(path).pixels)
    except (HarnessError, OSError):
        return None
    image = image.convert("RGBA")
    ground = Image.new("RGBA", image.size, "white")
    ground.alpha_composite(image)
    scale = min(SIDE / ground.width, SIDE / ground.height, 1.0)
    size = (max(1, round(ground.width * scale)), max(1, round(ground.height * scale)))
    return ground.convert("RGB").resize(size, Image.Resampling.LANCZOS)
