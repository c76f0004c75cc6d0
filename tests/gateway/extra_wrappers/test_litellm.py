"""LiteLLM, unmodified, in a process of its own: it changes the logging and the warnings of the process it is in."""

import json
import subprocess
import sys

import numpy as np
import pytest

from tests.gateway.pixels import painted, pixels

PROMPT = "a red circle left of a blue square"
SCRIPT = """
import json, sys
import litellm

litellm.telemetry = False
reply = litellm.image_generation(
    prompt=sys.argv[2],
    model="openai/gpt-image-1",
    api_base=sys.argv[1] + "/v1",
    api_key="none",
    size="128x128",
    quality="low",
    extra_body={"seed": 5},
)
print(json.dumps({"image": reply.data[0].b64_json, "size": reply.size}))
"""


@pytest.mark.slow
def test_litellm_generates(server: str) -> None:
    command = [sys.executable, "-c", SCRIPT, server, PROMPT]
    environment = {"PATH": "", "LITELLM_LOCAL_MODEL_COST_MAP": "True", "NO_PROXY": "127.0.0.1"}
    done = subprocess.run(command, capture_output=True, timeout=120, env=environment, check=False)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    reply = json.loads(done.stdout.decode().splitlines()[-1])
    assert reply["size"] == "128x128"
    assert np.array_equal(pixels(reply["image"]), painted(PROMPT, 5, (128, 128), quality="draft"))
