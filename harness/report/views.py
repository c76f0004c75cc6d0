"""Images that browsers do not show (TIFF, HEIC, JPEG XL), as PNG files beside the page."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from harness.image import FORMATS, ImageError, decode, encode_png, file_digest
from harness.ledger import inside, read_regular
from harness.records import ImageRef, TrialResult
from harness.report.embed import PixelScripts
from harness.report.image_paths import Place, Places
from harness.report.rows import DIGITS

_UNSHOWN = frozenset(suffix for name, one in FORMATS.items() if not one.shown for suffix in (f".{name}", *one.suffixes))


@dataclass(frozen=True, slots=True)
class Views:
    """The folder ``views`` in that of a run; an image is written there when a page first needs it."""

    folder: Path

    def of(self, result: TrialResult, places: Places) -> Places:
        """Return the places of a trial's images, with views in place of what no browser shows."""
        both = zip((result.image, result.baseline), places[:2], strict=True)
        candidate, baseline = (self.view(place, ref.file_digest) if place and ref else None for ref, place in both)
        return Places(candidate, baseline, places.heat_map)

    def view(self, place: Place, digest: str) -> Place:
        """Return the place of a view of an image with this digest that no browser shows, of any other its own."""
        if place.address is None or place.path.suffix.lower() not in _UNSHOWN:
            return place
        name = f"views/{digest}.png"
        path = self.folder / name
        if inside(self.folder, name) is None:
            try:
                data = read_regular(place.path)
                if file_digest(data) != digest:
                    return place
                view = encode_png(decode(data).pixels)
            except (ImageError, OSError):
                return place
            path.parent.mkdir(exist_ok=True)
            path.unlink(missing_ok=True)
            path.write_bytes(view)
        return Place(path, place.shown, name, made=True)

    def cells(self, ref: ImageRef, scripts: PixelScripts | None = None) -> list[Any]:
        """Return what the page reads an image of this folder from, as in :mod:`harness.report.rows`; with ``scripts``
        its pixels too."""
        path = inside(self.folder, ref.file)
        whole = Place(path or self.folder / ref.file, ref.file, quote(ref.file) if path else None)
        place, shown = self.view(whole, ref.file_digest), ref.file_digest[:DIGITS]
        readable = int(scripts is not None and scripts.add(shown, place.path, place.made))
        digest = ref.pixel_digest[:DIGITS]
        return [place.address, ref.width, ref.height, ref.format, shown, digest, ref.file, readable]
