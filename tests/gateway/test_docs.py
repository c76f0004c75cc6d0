"""The examples of the gateway's page do what they say, against a real server."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "gateway.md"
pytestmark = [pytest.mark.checkout, pytest.mark.slow]


def blocks(language: str, having: str) -> list[str]:
    text = PAGE.read_text(encoding="utf-8") if PAGE.is_file() else ""
    return [block for block in re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL) if having in block]


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    command = [sys.executable, "-m", "harness", "serve", "--port", "0", "--grpc-port", "0", "--json"]
    folder = tmp_path_factory.mktemp("served")
    with (
        (folder / "log.jsonl").open("w") as log,
        subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        try:
            text = ""
            assert process.stdout is not None
            while not text.rstrip().endswith("}"):
                line = process.stdout.readline()
                assert line, (folder / "log.jsonl").read_text()
                text += line
            yield json.loads(text)
        finally:
            process.terminate()
            assert process.wait(60) == 0


def placed(block: str, addresses: dict[str, str]) -> str:
    return block.replace("http://127.0.0.1:8080", addresses["rest"]).replace("127.0.0.1:50051", addresses["grpc"])


def test_the_example_of_openai_gets_an_image(addresses: dict[str, str]) -> None:
    (block,) = [block for block in blocks("python", "OpenAI") if "ChatOpenAI" not in block]
    found: dict[str, object] = {}
    exec(placed(block, addresses), found)
    assert str(found["image"])[2:6] == r"\x89"


@pytest.mark.parametrize("having", ["/v1/images/generations", "buf curl"])
def test_a_shell_example_gets_an_image(addresses: dict[str, str], tmp_path: Path, having: str) -> None:
    (block,) = blocks("sh", having)
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    done = subprocess.run(
        ["bash", "-c", placed(block, addresses)],
        cwd=tmp_path,
        env={"PATH": path, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    document = json.loads(done.stdout)
    assert document["data"][0]["b64_json"] if "data" in document else document["images"][0]["content"]
