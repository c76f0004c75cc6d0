"""Configuration of the documentation site (Sphinx): ``make docs`` builds it into ``build/site``.

The sources are the Markdown files of the repository, where they are. A page is made of its own text and of what
:mod:`tools.docs.made` puts in place of its marks.
"""

import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from harness import __version__  # noqa: E402 - the path comes first
from tools.docs.made import replaced  # noqa: E402

project = "image-harness"
version = release = __version__
root_doc = "docs/index"
extensions = ["myst_parser", "sphinx.ext.autodoc"]
source_suffix = {".md": "markdown"}
include_patterns = [
    "docs/**",
    "suites/README.md",
    "reports/benchmarks/*.md",
    "harness/painter/MODEL.md",
    "DESIGN.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
]
exclude_patterns = [".*", "build", "dist", "tests", "training", "tools", "baselines", "**/node_modules"]

myst_heading_anchors = 4
highlight_language = "text"
default_role = "code"
smartquotes = False
toc_object_entries_show_parents = "hide"
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True

html_theme = "furo"
html_title = f"image-harness {version}"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_js_files = ["site.js"]
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
html_theme_options = {"navigation_with_keys": False}
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"

REDIRECT = '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0; url=docs/index.html">\n'


def setup(app: Any) -> None:
    """Put what is made from the code into the pages, and send the front door to the front page."""
    app.connect("source-read", lambda _app, _name, source: source.__setitem__(0, replaced(source[0])))
    app.connect("build-finished", _front_door)


def _front_door(app: Any, error: Exception | None) -> None:
    if error is None and app.builder.format == "html":
        (Path(app.outdir) / "index.html").write_text(REDIRECT, "utf-8")
