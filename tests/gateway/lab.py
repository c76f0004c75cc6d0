"""A provider of the tests: a function that answers questions, generates in steps, and waits while it is not let go."""

import time
from pathlib import Path

from harness.gateway import Gateway
from harness.gateway.records import Job
from harness.suite import ProviderSpec

FUNCTION = r"""
import io
import time
from pathlib import Path

from PIL import Image

from harness.errors import GenerationCancelledError

HERE = Path(__file__).parent
STEPS = 4


def generate(job):
    request = job.recipe.request
    if request.ask is not None:
        return f"asked: {request.ask}; image: {size_of(request.input_image)}"
    with (HERE / "begun.txt").open("a") as log:
        log.write(request.prompt + "\n")
    while "wait" in request.prompt and not (HERE / "go").exists():
        if job.cancellation is not None and job.cancellation.wait(0.02):
            with (HERE / "cancelled.txt").open("a") as log:
                log.write(request.prompt + "\n")
            raise GenerationCancelledError("lab")
    if "fail" in request.prompt:
        raise RuntimeError("out of paint")
    for step in range(1, STEPS + 1):
        if job.progress is not None:
            job.progress(step, STEPS, lambda: encoded(Image.new("RGB", (request.width, request.height), step * 20)))
    return Image.new("RGB", (request.width, request.height), (request.seed or 0) % 256)


def size_of(image):
    if image is None:
        return None
    with Image.open(image.path) as opened:
        return opened.size


def encoded(image):
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()
"""


class Lab:
    """The function's folder: what began, what was cancelled, and what lets waiting generations go on."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        (folder / "lab.py").write_text(FUNCTION, encoding="utf-8")

    @property
    def provider(self) -> ProviderSpec:
        """The provider ``lab``."""
        options = {"function": "lab.py:generate", "price": 0.0, "concurrency": 2}
        return ProviderSpec("lab", "python", options, root=str(self.folder))

    @property
    def shelf(self) -> ProviderSpec:
        """The provider ``shelf``: images of a folder, which answer no question."""
        return ProviderSpec("shelf", "folder", {"folder": "."}, root=str(self.folder))

    @property
    def begun(self) -> list[str]:
        """The prompts whose generation began."""
        return self._lines("begun.txt")

    @property
    def cancelled(self) -> list[str]:
        """The prompts whose generation was cancelled."""
        return self._lines("cancelled.txt")

    def go(self) -> None:
        """Let waiting generations go on."""
        (self.folder / "go").touch()

    def _lines(self, name: str) -> list[str]:
        log = self.folder / name
        return log.read_text("utf-8").splitlines() if log.exists() else []


def final(gateway: Gateway, job_id: str, seconds: float = 30.0) -> Job:
    """Return a job when it is final. Raises TimeoutError."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        job = gateway.store.get(job_id)
        if job.state.is_final:
            return job
        time.sleep(0.02)
    raise TimeoutError(f"the job is still {job.state}")
