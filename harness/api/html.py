"""The HTML that a notebook shows: self-contained, every text escaped, readable on light and on dark.

No color of the ground or of the text is set: both are the notebook's own. What is set is readable on either.
"""

import base64
import io
from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from harness.vocabulary import Status

if TYPE_CHECKING:
    from PIL import Image as PilImage

LARGEST, SMALLEST = 512, 128
"""Sides in pixels that an image is embedded and shown with: what is larger is reduced, what is smaller is enlarged."""
TONES = {Status.OK: "#1a7340", Status.FINDING: "#9f4400", Status.MISSING: "#93194f", Status.IGNORED: "#5c5c5c"}
"""Grounds of badges; white reads on each of them."""
_CSS = """
.image-harness{font:13px/1.5 system-ui,sans-serif;font-variant-numeric:tabular-nums;max-width:1000px;margin:4px 0}
.image-harness p{margin:6px 0;overflow-wrap:anywhere}
.image-harness b.badge{padding:2px 9px;border-radius:99px;color:#fff;font-weight:600;margin-right:8px}
.image-harness .row{display:flex;flex-wrap:wrap;gap:12px;margin:8px 0}
.image-harness figure{margin:0;min-width:0;max-width:100%}
.image-harness figcaption{opacity:.75;font-size:12px;overflow-wrap:anywhere;max-width:320px}
.image-harness img{display:block;max-width:100%;height:auto;margin:0;
background:repeating-conic-gradient(#bbb 0 25%,#eee 0 50%) 0 0/16px 16px}
.image-harness dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(150px,1fr));gap:2px 16px;margin:8px 0}
.image-harness dl div{display:flex;justify-content:space-between;gap:8px;border-bottom:1px solid rgb(128 128 128/.3)}
.image-harness dt{opacity:.75;font-weight:400}.image-harness dd{margin:0}
"""


def page(*parts: str) -> str:
    """One piece of HTML for the output of a cell."""
    return f'<div class="image-harness"><style>{_CSS}</style>{"".join(parts)}</div>'


def headline(word: str, status: Status, text: str = "") -> str:
    """A verdict in its color, and what is said of it."""
    return f'<p><b class="badge" style="background:{TONES[status]}">{escape(word)}</b>{escape(text)}</p>'


def lines(texts: Iterable[str]) -> str:
    """Paragraphs."""
    return "".join(f"<p>{escape(text)}</p>" for text in texts)


def row(*figures: str) -> str:
    """Figures side by side, below each other where there is no room."""
    return f'<div class="row">{"".join(figures)}</div>'


def numbers(values: Iterable[tuple[str, str]]) -> str:
    """Names with their values, in as many columns as there is room for."""
    cells = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in values)
    return f"<dl>{cells}</dl>"


def figure(image: "PilImage.Image", caption: str, width: int = 320) -> str:
    """An image embedded as PNG of at most LARGEST pixels a side, shown at most ``width`` wide, with its caption."""
    shown = image.copy()
    shown.thumbnail((LARGEST, LARGEST))
    out = io.BytesIO()
    shown.save(out, "PNG")
    times = max(1, SMALLEST // max(shown.size))
    style = ";image-rendering:pixelated" if times > 1 else ""
    text = base64.b64encode(out.getvalue()).decode("ascii")
    return (
        f'<figure><img alt="{escape(caption)}" style="width:{min(shown.width * times, width)}px{style}" '
        f'src="data:image/png;base64,{text}"><figcaption>{escape(caption)}</figcaption></figure>'
    )
