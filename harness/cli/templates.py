"""The templates of ``harness init``: which files each has, where they go, and what to do next."""

from collections.abc import Mapping
from dataclasses import dataclass

FILE = "harness.toml"
"""The project's file, which every template has."""
WORKFLOW = ".github/workflows/images.yml"
_LOOK = ("harness run", 'harness accept latest --reason "first look"', "harness run")


@dataclass(frozen=True)
class Template:
    """A working start for one job."""

    job: str
    """What it is for."""
    files: Mapping[str, str]
    """Name among the package's data → place in the project."""
    then: tuple[str, ...] = _LOOK
    """The next commands."""


TEMPLATES: Mapping[str, Template] = {
    "ci": Template(
        "images of the embedded painter, tested on each change",
        {"first.yaml": "suites/first.yaml", "workflow.yml": WORKFLOW},
    ),
    "diffusers": Template(
        "a diffusers pipeline in this process",
        {"diffusers.yaml": "suites/pipeline.yaml"},
        ("pip install 'image-harness[diffusers]'", "harness run --dry-run", *_LOOK, "harness probe"),
    ),
    "hosted": Template(
        "a paid service, recorded once and replayed in CI",
        {"hosted.yaml": "suites/hosted.yaml", "replay.yml": WORKFLOW},
        (
            "harness run --dry-run",
            "harness run --live --record recordings",
            'harness accept latest --reason "first look"',
            "harness run --replay recordings",
        ),
    ),
    "comfyui": Template(
        "a workflow on a ComfyUI server",
        {"comfyui.yaml": "suites/comfyui.yaml", "comfyui.json": "suites/text-to-image.json"},
        ("harness run --dry-run", *_LOOK[:2], "harness calibrate", "harness run"),
    ),
    "pytest": Template(
        "images of your own tests, and suites as tests",
        {"first.yaml": "suites/first.yaml", "test_images.py": "tests/test_images.py", "pytest.yml": WORKFLOW},
        ("pytest tests suites --harness-update=missing", "pytest tests suites"),
    ),
    "server": Template(
        "a server that is started for the run",
        {
            "server.yaml": "suites/server.yaml",
            "stand_in_server.py": "suites/stand_in_server.py",
            "server.yml": WORKFLOW,
        },
    ),
}
DEFAULT = "ci"
