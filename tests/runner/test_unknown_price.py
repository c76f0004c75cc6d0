"""A budget without a price: for every kind of provider the hint names the option that takes it, and that then works."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.generation import UnknownPriceError, cost_of, require_prices
from harness.runner import RunOptions, estimate, plan_of

REMOTE = "https://images.example.org/v1"
CHAT = {"kind": "llm", "model": "m", "base_url": REMOTE}
PROVIDERS: dict[str, dict[str, Any]] = {
    "python": {"mine": {"kind": "python", "function": "generation.py:generate"}},
    "command": {"mine": {"kind": "command", "argv": ["generate", "{out}"]}},
    "openai": {"mine": {"kind": "openai", "model": "a-model-that-no-table-has"}},
    "openrouter": {"mine": {"kind": "openrouter", "model": "some/model-that-no-table-has"}},
    "gemini": {"mine": {"kind": "gemini", "model": "a-model-that-no-table-has"}},
    "openai-compatible": {"mine": {"kind": "openai-compatible", "base_url": REMOTE}},
    "automatic1111": {"mine": {"kind": "automatic1111", "base_url": REMOTE}},
    "by its kind": {"openai-compatible": {"kind": "openai-compatible", "base_url": REMOTE}},
    "interpreter": {"mine": {"kind": "painter", "interpreter": CHAT}},
    "route": {
        "mine": {"kind": "route", "over": ["first", "second"]},
        "first": {"kind": "python", "function": "generation.py:generate"},
        "second": {"kind": "openai-compatible", "base_url": REMOTE},
    },
}


def rows(folder: Path, providers: dict[str, Any]) -> Any:
    (folder / "generation.py").write_text("def generate(prompt, seed):\n    return b''\n")
    limits = {"drift": {"ssim": ">= 0.9"}, "seeds": 1, "size": "1024x1024"}
    case = {"id": "one", "prompt": "a red circle"}
    suite = {
        "suite": "s",
        "provider": next(iter(providers)),
        "providers": providers,
        "defaults": limits,
        "cases": [case],
    }
    (folder / "suite.yaml").write_text(yaml.safe_dump(suite))
    options = RunOptions((folder / "suite.yaml",), reports=folder / "reports", baselines=folder / "baselines")
    return estimate(plan_of(options), options)


@pytest.mark.parametrize("providers", PROVIDERS.values(), ids=PROVIDERS)
def test_the_hint_names_the_option_that_takes_the_price(tmp_path: Path, providers: dict[str, Any]) -> None:
    found = rows(tmp_path, providers)
    assert cost_of(found) is None
    with pytest.raises(UnknownPriceError) as caught:
        require_prices(found)
    stated: dict[str, Any] = yaml.safe_load(yaml.safe_dump({"providers": providers}))
    for place in caught.value.places:
        assert f"`{place}`" in caught.value.hint
        entry: Any = stated
        for name in place.split("."):
            entry = entry[name]
        entry["price"] = 0.04
    again = rows(tmp_path, stated["providers"])
    require_prices(again)
    assert cost_of(again) == 0.04
