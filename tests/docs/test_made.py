"""What is made from the code for the site: complete, with links that lead somewhere, and drawn within its frame."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from harness.vocabulary import METRICS
from tests.cli.calls import COMMANDS
from tools.docs import commands, figures, formats, metrics, plot, python_api, suite_keys
from tools.docs.markdown import plain
from tools.schemas import schemas

pytestmark = pytest.mark.checkout

QUICK = sorted(set(figures.FIGURES) - {"power"})
"""The figures that are drawn in less than a second."""
NUMBERS = st.floats(-1e6, 1e6)


def headings(text: str) -> list[str]:
    return re.findall(r"^##+ (.+)$", text, re.MULTILINE)


def test_every_command_has_its_section_and_examples() -> None:
    made = commands.text()
    assert {" ".join(("harness", *path)) for path in COMMANDS} <= set(headings(made))
    assert made.count("```sh\n") == len(COMMANDS)


def test_every_metric_says_what_it_is_blind_to() -> None:
    made = metrics.text()
    assert headings(made) == list(METRICS)
    assert all(plain(metric.blind) in made for metric in METRICS.values())


def test_every_schema_and_every_level_of_a_suite_has_fields() -> None:
    made, keys = formats.text(), suite_keys.text()
    assert headings(made) == list(schemas())
    assert headings(keys) == list(suite_keys.SECTIONS.values())
    for section in re.split(r"^## ", made + keys, flags=re.MULTILINE)[1:]:
        assert section.count("\n| `") > 0, section


def test_every_public_name_is_listed() -> None:
    import harness

    assert all(f"harness.{name}" in python_api.text() for name in harness.__all__ if name != "__version__")


@pytest.mark.parametrize("made", [commands.text, metrics.text])
def test_its_own_links_lead_to_its_headings(made) -> None:
    text = made()
    anchors = {heading.replace(" ", "-") for heading in headings(text)}
    links = re.findall(r"\]\(#([^)]+)\)", text)
    assert links
    assert set(links) <= anchors


@given(st.text(st.characters(exclude_categories=("C",), exclude_characters="`")))
def test_escaped_text_is_shown_as_it_is(text: str) -> None:
    [inline] = MarkdownIt().parseInline(plain(text))
    assert "".join(child.content for child in inline.children or ()) == " ".join(text.split())
    assert {child.type for child in inline.children or ()} <= {"text", "text_special"}


@pytest.mark.parametrize("name", QUICK)
def test_a_figure_says_what_it_shows(name: str) -> None:
    drawn = figures.text(name)
    assert re.search(r'aria-label="[^"]{40,}"', drawn)
    assert "nan" not in drawn


@given(NUMBERS, st.floats(1e-3, 1e6), st.lists(NUMBERS, min_size=2), st.integers(1, 3))
def test_a_plot_stays_in_its_frame(low: float, width: float, values: list[float], lines: int) -> None:
    axis = plot.Axis("y", low, low + width)
    points = [(float(index), value) for index, value in enumerate(values)]
    drawn = plot.plot("c", plot.Axis("x", 0, len(values)), axis, [plot.Line("n", points)] * lines)
    for way in re.findall(r'<path d="M([^"]+)"', drawn):
        for x, y in (map(float, point.split()) for point in way.split("L")):
            assert plot.LEFT <= x <= plot.WIDTH - plot.RIGHT
            assert plot.TOP <= y <= plot.HEIGHT - plot.BOTTOM
    assert 2 <= len(axis.ticks()) <= 2 * plot.TICKS
    assert all(low - width / 1e3 <= tick <= low + width * 1.001 for tick in axis.ticks())
