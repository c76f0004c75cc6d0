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
from harness.report.words import key_numbers, trial_name

if TYPE_CHECKING:
    from PIL.Image import Image

SIDE = 220
"""Pixels of the longer side of an image on the sheet."""
GAP = 10
CAPTION = 22
"""Pixels above each row, for its verdict, trial and numbers, and above all for the names of the columns."""
CAPTION_CHARACTERS = 96
MOST = 6
"""Findings on a sheet."""
COLUMNS = (("accepted", "nothing accepted"), ("new", "no image"), ("heat map", "no heat map"))
"""Of a row: what a column shows, and what is written where there is none."""


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
    width, height = 3 * (SIDE + GAP) + GAP, CAPTION + len(shown) * (SIDE + CAPTION + GAP) + GAP
    page = Image.new("RGB", (width, height), "white")
    canvas, font = ImageDraw.Draw(page), ImageFont.load_default(size=13)
    for column, (name, _) in enumerate(COLUMNS):
        canvas.text((GAP + column * (SIDE + GAP), GAP), name, fill="#666", font=font)
    for row, (result, places) in enumerate(shown):
        top = GAP + CAPTION + row * (SIDE + CAPTION + GAP)
        numbers = " · ".join(f"{name} {number}" for name, number in key_numbers(result))
        numbers = numbers.replace("Δ", "delta ")  # the font has no Greek
        caption = f"{result.outcome.verdict}: {trial_name(result)}"
        room = CAPTION_CHARACTERS - len(numbers)
        caption = caption if len(caption) <= room else f"{caption[: room - 1]}…"
        canvas.text((GAP, top), f"{caption}   {numbers}", fill="#222", font=font)
        files = (places.baseline, places.candidate, places.heat_map)
        for column, ((_, absent), place) in enumerate(zip(COLUMNS, files, strict=True)):
            corner = (GAP + column * (SIDE + GAP), top + CAPTION)
            thumbnail = None if place is None else _thumbnail(place.path)
            if thumbnail is None:
                canvas.rectangle((*corner, corner[0] + SIDE, corner[1] + SIDE), outline="#bbb")
                canvas.text((corner[0] + GAP, corner[1] + GAP), absent, fill="#666", font=font)
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
