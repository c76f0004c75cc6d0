"""The protos: linted, their code current, their enumerations those of the vocabulary; and the buf client."""

import json
import shutil
import subprocess
import sys
from enum import StrEnum
from pathlib import Path

import pytest

pytest.importorskip("grpc_tools")

import google.protobuf

from harness.gateway.rpc.enums import number_of, word_of
from harness.gateway.rpc.generated import image_pb2, job_pb2, scene_pb2
from harness.vocabulary import ImageFormat, JobState, Quality
from tests.gateway.rpc.conftest import SECONDS, SMALL

ROOT = Path(__file__).resolve().parents[3]
BUF = shutil.which("buf", path=str(Path(sys.executable).parent)) or shutil.which("buf")
WORKSPACE = """version: v2
modules:
  - path: own
  - path: google
    lint:
      ignore: [google]
lint:
  use: [STANDARD, COMMENTS]
"""


class StepKind(StrEnum):
    """Kinds of steps, which the prompt room has as plain words."""

    READ = "read"
    ASSUME = "assume"
    ADJUST = "adjust"


needs_buf = pytest.mark.skipif(BUF is None, reason="buf is not installed")


@pytest.fixture
def workspace(tmp_path):
    """Return a folder of our protos and those of Google that they need."""
    from tools import protos

    (tmp_path / "buf.yaml").write_text(WORKSPACE)
    shutil.copytree(protos.PROTOS, tmp_path / "own")
    protos.google_protos(tmp_path / "google")
    return tmp_path


@pytest.mark.checkout
def test_the_generated_code_is_current():
    from tools import protos

    committed = {path.name: path.read_text("utf-8") for path in protos.GENERATED.glob("*_pb2*")}
    assert committed == protos.generated(), "run: make protos"


@pytest.mark.checkout
def test_the_extra_needs_the_version_that_the_generated_code_does():
    import re
    import tomllib

    extra = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]["serve"]
    generated = ROOT / "harness" / "gateway" / "rpc" / "generated"
    code = "".join(path.read_text("utf-8") for path in sorted(generated.glob("*.py")))
    (runtime,) = set(re.findall(r"Protobuf Python Version: (.+)", code))
    assert f"protobuf>={runtime}" in extra
    assert google.protobuf.__version__


@pytest.mark.checkout
@needs_buf
def test_buf_finds_nothing_to_complain_about(workspace):
    lint = subprocess.run([BUF, "lint"], cwd=workspace, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert (lint.returncode, lint.stdout, lint.stderr) == (0, "", "")
    (workspace / "own" / "harness" / "v1" / "bad.proto").write_text('syntax = "proto3";\npackage harness.v2;\n')
    lint = subprocess.run([BUF, "lint"], cwd=workspace, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert lint.returncode != 0


@pytest.mark.parametrize(
    ("words", "enumeration"),
    [
        (Quality, image_pb2.Quality),
        (ImageFormat, image_pb2.ImageFormat),
        (JobState, job_pb2.JobState),
        (StepKind, scene_pb2.StepKind),
    ],
    ids=["quality", "format", "state", "step"],
)
def test_enumerations_are_those_of_the_vocabulary(words, enumeration):
    numbers = [number_of(word, enumeration) for word in words]
    assert sorted([0, *numbers]) == sorted(enumeration.values())
    assert [word_of(words, enumeration, number, "field") for number in numbers] == list(words)
    assert word_of(words, enumeration, 0, "field") is None


def curl(folder, address, method, message=None):
    """Return what `buf curl` prints, from a folder without protos: it asks the server for them."""
    url = f"http://{address}/{method}"
    command = [BUF, "curl", "--protocol", "grpc", "--http2-prior-knowledge", "-d", json.dumps(message or {}), url]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False)


@needs_buf
def test_buf_curl_generates_an_image_by_reflection(tmp_path, running):
    done = curl(tmp_path, running.address, "harness.v1.ImageService/Generate", {"parameters": SMALL | {"seed": 1}})
    assert done.returncode == 0, done.stderr
    reply = json.loads(done.stdout)
    assert reply["job"].startswith("job_")
    assert reply["images"][0]["mediaType"] == "image/png"
    listed = curl(tmp_path, running.address, "google.longrunning.Operations/ListOperations")
    assert listed.returncode == 0, listed.stderr
    assert json.loads(listed.stdout)["operations"][0]["response"]["job"] == reply["job"]


@needs_buf
def test_buf_curl_shows_the_details_of_an_error(tmp_path, running):
    done = curl(tmp_path, running.address, "harness.v1.ImageService/Generate")
    assert done.returncode != 0
    shown = json.loads(done.stderr)
    assert shown["code"] == "invalid_argument"
    assert {detail["type"] for detail in shown["details"]} == {"google.rpc.ErrorInfo", "google.rpc.BadRequest"}
