"""The whole OpenAPI of the gateway against a real server: every operation, with valid and invalid requests."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from harness.gateway import GatewayOptions
from tests.gateway.lab import Lab

ROOT = Path(__file__).resolve().parents[2]
RUN = "from schemathesis.cli import schemathesis; schemathesis()"
EXCLUDED = (
    # what a model can generate, and what is honored with strict, no schema can say
    "positive_data_acceptance",
    # a job that was cancelled by DELETE can still be read
    "use_after_free",
)
PHASES = {1: "examples,coverage,fuzzing,stateful", 2: "fuzzing,stateful", 3: "fuzzing,stateful"}


@pytest.fixture
def gateway_options(gateway_options: GatewayOptions, tmp_path: Path) -> GatewayOptions:
    # the function's images take no time
    providers = {**gateway_options.providers, "lab": Lab(tmp_path / "lab").provider}
    return replace(gateway_options, providers=providers, default="lab")


@pytest.mark.slow
@pytest.mark.parametrize("seed", PHASES)
def test_every_operation_answers_as_its_schema_says(server: str, tmp_path: Path, seed: int) -> None:
    options = ["--seed", str(seed), "--phases", PHASES[seed], "--exclude-checks", ",".join(EXCLUDED)]
    command = [sys.executable, "-c", RUN, "run", f"{server}/openapi.json", *options, "--max-examples", "3"]
    environment = os.environ | {"SCHEMATHESIS_HOOKS": "tests.gateway.schemathesis_hooks", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [*command, "--no-color", "--continue-on-failure"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout.decode()[-8000:] + done.stderr.decode()[-2000:]
