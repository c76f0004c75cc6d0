"""Each family of pipelines in a run: generated, accepted, generated again to the bit, and what it did not use named."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import harness
from tests.provider.extra_diffusers import tiny

CALLS = {"pixart": {"use_resolution_binning": False}, "sana": {"use_resolution_binning": False}}
"""What a tiny model of the family needs: it knows none of the sizes of the real one."""
UNUSED = {"flux": ["negative_prompt"], "qwen-image": ["guidance"]}
"""What of a negative prompt and guidance a family takes and does not use."""


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    root = tmp_path_factory.mktemp("families")

    def folder(family: str) -> Path:
        if not (root / family).is_dir():
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tiny.build(family).save_pretrained(root / family)
        return root / family

    return folder


@pytest.mark.parametrize("family", tiny.FAMILIES)
def test_a_family_goes_through_a_run(family: str, folders: Callable[[str], Path], tmp_path: Path) -> None:
    text = f"""
suite: family
provider: mine
providers:
  mine: {{kind: diffusers, model: "{folders(family)}", device: cpu, steps: 3, guidance: 3.5,
          call: {CALLS.get(family, {})}}}
cases:
  - {{id: circles, prompt: two red circles, size: 32x32, seeds: [1, 2], drift: exact}}
  - {{id: but, prompt: two red circles, negative_prompt: a blue square, size: 32x32, seeds: [1], drift: exact}}
"""
    path = tmp_path / "suite.yaml"
    path.write_text(text)

    def run() -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return harness.run(path, baselines=tmp_path / "baselines", reports=tmp_path / "reports")

    first = run()
    results = {(result.key.case, result.key.seed): result for result in first.results}
    assert {result.outcome.verdict for result in results.values()} == {"new"}
    unused = UNUSED.get(family, [])
    assert {result.notes for result in results.values()} == {None}, "each setting has a form in JSON"
    told = {case: result.environment.get("omitted", []) for (case, _), result in results.items()}
    assert told == {"but": unused, "circles": [word for word in unused if word != "negative_prompt"]}
    images = [result.image and result.image.pixel_digest for result in results.values()]
    assert len(set(images)) == (2 if "negative_prompt" in unused else 3), "what is named had no effect, the rest had"
    first.accept("to see it again")
    assert {result.outcome.verdict for result in run().results} == {"identical"}
