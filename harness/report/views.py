"""Images that browsers do not show (TIFF, HEIC, JPEG XL), as PNG files beside the page."""

from dataclasses import dataclass
from pathlib import Path

from harness.image import FORMATS, ImageError, encode_png, read_file
from harness.report.image_paths import Place, Places

_UNSHOWN = frozenset(suffix for name, one in FORMATS.items() if not one.shown for suffix in (f".{name}", *one.suffixes))


@dataclass(frozen=True, slots=True)
class Views:
    """The folder ``views`` in that of a run; an image is written there when a page first needs it."""

    folder: Path

    def of(self, places: Places) -> Places:
        """Return the places of a trial's images, with views in place of what no browser shows."""
        candidate, baseline = (place and self.view(place) for place in places[:2])
        return Places(candidate, baseline, places.heat_map)

    def view(self, place: Place) -> Place:
        """Return the place of a view of an image that no browser shows, of any other its own."""
        if place.address is None or place.path.suffix.lower() not in _UNSHOWN:
            return place
        name = f"views/{place.path.stem}.png"
        path = self.folder / name
        if not path.is_file():
            try:
                data = encode_png(read_file(place.path).pixels)
            except ImageError:
                return place
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(data)
        return Place(path, place.shown, name)
