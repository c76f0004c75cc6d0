"""One HTML document: a template, styles and scripts that are package data, and its data beside or inside it."""

import base64
import hashlib
import html
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from harness.report.assets import asset

PLAIN = (
    '<p class="notice">This page needs JavaScript, which runs only on this machine. Without it, read summary.md beside '
    "this file.</p>"
)
"""What a page shows where scripts do not run."""


def write_document(
    stream: TextIO,
    title: str,
    styles: Sequence[str],
    scripts: Sequence[str],
    data: Path | None = None,
    *,
    connects: bool = False,
    plain: str = PLAIN,
) -> None:
    """Write the page. Its policy allows exactly its own styles and scripts, and images; nothing from elsewhere.

    ``data`` is a script to put inside; without it the page reads ``data.js`` beside it. ``connects``: it may call the
    server that it comes from. ``plain`` is the HTML that is shown where scripts do not run.
    """
    style = "".join(asset(name) for name in styles)
    script = "'use strict';(() => {\n" + "".join(asset(name) for name in scripts) + "})();\n"
    sources = ["'self'", "file:", _source(script.encode())]
    if data is not None:
        with data.open("rb") as lines:
            sources.append(_source(b"\n", *iter(lambda: lines.read(1 << 20), b"")))
    own = "connect-src 'self'; " if connects else ""
    policy = (
        f"default-src 'none'; script-src {' '.join(sources)}; style-src {_source(style.encode())}; "
        f"img-src 'self' file: data: blob:; {own}base-uri 'none'; form-action 'none'"
    )
    parts = {
        "policy": html.escape(policy, quote=True),
        "title": html.escape(f"{title} · image-harness"),
        "style": style,
        "script": script,
        "plain": plain,
    }
    before, after = asset("index.html").split("{{data}}")
    stream.write(_fill(before, parts))
    if data is None:
        stream.write('<script src="data.js"></script>')
    else:
        stream.write("<script>\n")
        with data.open(encoding="ascii") as lines_of_text:
            shutil.copyfileobj(lines_of_text, stream)
        stream.write("</script>")
    stream.write(_fill(after, parts))


def _fill(template: str, parts: dict[str, str]) -> str:
    # One pass: what is put in is never looked at again.
    return re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]], template)


def _source(*content: bytes) -> str:
    """Return the source expression of a content policy for an inline block with exactly these bytes."""
    digest = hashlib.sha256()
    for part in content:
        digest.update(part)
    return f"'sha256-{base64.b64encode(digest.digest()).decode('ascii')}'"
