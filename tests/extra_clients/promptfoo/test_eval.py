"""The npm package promptfoo: an evaluation of images, without its cache and its calls home."""

import json
import os
import subprocess
from pathlib import Path

import httpx
import pytest

from harness.image import file_digest
from tests.extra_clients.serving import Addresses

FOLDER = Path(__file__).parent
OFFLINE = {
    "PROMPTFOO_DISABLE_REMOTE_GENERATION": "1",
    "PROMPTFOO_DISABLE_TELEMETRY": "1",
    "PROMPTFOO_DISABLE_UPDATE": "1",
}


@pytest.fixture
def result(gateway: Addresses, tmp_path: Path) -> dict:
    """Return the one result of the evaluation."""
    written = tmp_path / "result.json"
    words = ["eval", "--no-cache", "--no-progress-bar", "--no-table", "--no-share"]
    ended = subprocess.run(
        [
            str(FOLDER / "node_modules/.bin/promptfoo"),
            *words,
            "-c",
            str(FOLDER / "promptfooconfig.yaml"),
            "-o",
            written,
        ],
        cwd=tmp_path,
        env=os.environ | OFFLINE | {"GATEWAY_URL": gateway.rest, "PROMPTFOO_CONFIG_DIR": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    (only,) = json.loads(written.read_text())["results"]["results"]
    return only


def test_the_image_of_an_evaluation_is_the_gateways(result: dict, gateway: Addresses) -> None:
    assert result["success"] is True
    (image,) = result["response"]["images"]
    digest = image["blobRef"]["hash"]
    assert file_digest(httpx.get(f"{gateway.rest}/v1/artifacts/{digest}").content) == digest
    assert result["response"]["cached"] is False
    assert result["response"]["tokenUsage"]["total"] > 0
