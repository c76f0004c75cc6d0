"""A project with a store: its provider is a folder of images, its commands run in this process."""

import io
import json
import shutil
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from harness.cli import main

CASES = ("fox", "owl", "bee")
SUITE = """
suite: animals
provider: made
providers: {made: {kind: folder, folder: made, pattern: "{case}", promise: exact}}
defaults: {size: 48x32, seeds: [0]}
cases:
"""


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)


class StoreProject:
    """A project in the working folder; ``store`` is the text of its table ``[store]``."""

    def __init__(self, folder: Path, store: str) -> None:
        self.folder = folder
        self.configure(store)
        cases = "".join(f"  - {{id: {case}, prompt: one {case}}}\n" for case in CASES)
        (folder / "animals.yaml").write_text(SUITE + cases)
        (folder / "made").mkdir()
        for number, case in enumerate(CASES):
            self.generate(case, number)

    def configure(self, store: str) -> None:
        (self.folder / "harness.toml").write_text(f'suites = ["animals.yaml"]\n{store}')

    def generate(self, case: str, number: int) -> None:
        """Have the provider give another image for a case."""
        image = Image.new("RGB", (48, 32), "white")
        image.paste((40 + 50 * number % 200, 90, 200 - 40 * number % 200), (4 + number, 4, 30, 28))
        stream = io.BytesIO()
        image.save(stream, "PNG")
        (self.folder / "made" / f"{case}.png").write_bytes(stream.getvalue())

    def harness(self, *arguments: str) -> Done:
        out, err, code = io.StringIO(), io.StringIO(), None
        with redirect_stdout(out), redirect_stderr(err):
            try:
                main([*arguments])
            except SystemExit as ended:
                code = ended.code
        return Done(code if isinstance(code, int) else 0, out.getvalue(), err.getvalue())

    def verdicts(self) -> dict[str, tuple[str, list[dict[str, Any]]]]:
        """Run, and return the verdict and the reasons of each case."""
        done = self.harness("run", "--json")
        return {
            one["key"]["case"]: (one["outcome"]["verdict"], list(one["outcome"].get("reasons") or ()))
            for one in done.data["trials"]
        }

    def accept(self) -> None:
        self.harness("run")
        done = self.harness("accept", "--reason", "looked at")
        assert done.code == 0, done.err

    @property
    def images(self) -> list[Path]:
        """The accepted images on the disk."""
        return sorted((self.folder / "baselines").glob("animals/*/*.png"))

    def forget_images(self) -> None:
        """Leave what git would hold: manifests and logs."""
        for path in (self.folder / "baselines" / "animals").iterdir():
            if path.is_dir():
                shutil.rmtree(path)

    def forget_cache(self) -> None:
        shutil.rmtree(self.folder / "reports" / ".store", ignore_errors=True)

    def runs(self) -> list[Path]:
        return sorted((self.folder / "reports").glob("2*"))

    def manifest(self) -> dict[str, Any]:
        return json.loads((self.folder / "baselines" / "animals" / "manifest.json").read_text())

    def keys(self) -> dict[str, str]:
        """The key of the accepted image of each case."""
        return {
            one["case"]: f"images/{one['accepted'][0]['image']['file_digest']}.png" for one in self.manifest()["trials"]
        }
