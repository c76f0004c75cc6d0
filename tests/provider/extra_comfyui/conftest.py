"""A real ComfyUI server on the CPU, from the checkout that ``COMFYUI`` names, with a small random checkpoint.

``make test-comfyui COMFYUI=<folder> [COMFYUI_PYTHON=<python>]``; see CONTRIBUTING.md.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from harness.provider import Provider, create
from tests.provider.extra_comfyui.checkpoint import write_checkpoint

START = 300.0
"""Most seconds until the server answers."""
LOADED = "model weight dtype"
"""What the server logs each time it loads a checkpoint."""


@dataclass(frozen=True)
class Server:
    """The server that runs: its address, its folder of models, inputs and outputs, and its log."""

    url: str
    folder: Path
    log: Path

    @property
    def loads(self) -> int:
        """How often it has loaded a checkpoint."""
        return self.log.read_text(errors="replace").count(LOADED)

    def get(self, path: str) -> Any:
        return httpx.get(f"{self.url}/{path}").json()


def python_of(checkout: Path) -> str:
    """The Python that has what ComfyUI requires: ``COMFYUI_PYTHON``, or that of a virtual environment in its folder."""
    named = os.environ.get("COMFYUI_PYTHON")
    found = [checkout / name / "bin" / "python" for name in (".venv", "venv")]
    return named or str(next((one for one in found if one.exists()), "python3"))


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    checkout = Path(os.environ.get("COMFYUI") or "-")
    if not (checkout / "main.py").is_file():
        pytest.exit("COMFYUI names no checkout of ComfyUI: make test-comfyui COMFYUI=<folder>", 2)
    folder = tmp_path_factory.mktemp("comfyui")
    for name in ("models/checkpoints", "input", "output", "temp", "custom_nodes"):
        (folder / name).mkdir(parents=True)
    # its own node, which is installed as an extension
    shutil.copy(checkout / "custom_nodes" / "websocket_image_save.py", folder / "custom_nodes")
    write_checkpoint(folder / "models" / "checkpoints" / "tiny.safetensors")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        python_of(checkout), "main.py", "--cpu", "--listen", "127.0.0.1", "--port", port, "--base-directory", folder,
        "--disable-api-nodes", "--database-url", f"sqlite:///{folder}/comfyui.db",
    ]  # fmt: skip
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            list(map(str, command)), cwd=checkout, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        running = Server(f"http://127.0.0.1:{port}", folder, log)
        wait(running, process)
        yield running
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait(server: Server, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + START
    while True:
        try:
            system = server.get("system_stats")["system"]
        except httpx.HTTPError:
            if process.poll() is not None or time.monotonic() > end:
                pytest.exit(f"ComfyUI did not start:\n{server.log.read_text(errors='replace')[-3000:]}", 2)
            time.sleep(0.5)
        else:
            print(f"\nComfyUI {system['comfyui_version']}, torch {system['pytorch_version']}")
            return


@pytest.fixture
def build(server: Server, tmp_path: Path) -> Iterator[Callable[..., Provider]]:
    made: list[Provider] = []

    def build(workflow: str, slots: dict[str, Any], **more: Any) -> Provider:
        options = {"base_url": server.url, "workflow": workflow, "slots": slots, "poll": 0.05, **more}
        made.append(create("mine", "comfyui", options, tmp_path))
        return made[-1]

    yield build
    for provider in made:
        provider.close()
