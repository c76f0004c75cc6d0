"""What can be reported of a diffusers provider without the libraries; the generation is tested in
``extra_diffusers``."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from harness.errors import EXIT_USAGE, MissingExtraError
from harness.provider import BadOptionError, Capabilities, create, explain
from harness.provider.registry import adapter_of

MODEL = {"model": "some/model"}


def promised(**options: Any) -> Capabilities:
    return adapter_of("diffusers").capabilities({**MODEL, **options})


def test_its_promises_are_reported_without_the_libraries() -> None:
    code = (
        "import sys\n"
        "from harness.provider.registry import adapter_of\n"
        "can = adapter_of('diffusers').capabilities({'model': 'm'})\n"
        "assert can.seed == 'exact-per-environment' and can.price == 0.0 and can.batch and can.isolated\n"
        "heavy = {'torch', 'diffusers', 'transformers', 'numpy', 'PIL', 'httpx'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_without_deterministic_algorithms_it_promises_less() -> None:
    assert promised(deterministic=False).seed == "best-effort"


@pytest.mark.parametrize("missing", ["torch", "diffusers", "transformers"])
def test_a_missing_part_is_reported_with_its_install_line(
    missing: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(MissingExtraError) as caught:
        create("mine", "diffusers", MODEL, tmp_path)
    assert str(caught.value) == (
        "provider `mine` (kind diffusers) needs the optional part 'diffusers', which is not installed"
    )
    assert caught.value.hint == "pip install 'image-harness[diffusers]'"
    assert caught.value.exit_code == EXIT_USAGE


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"model": None}, "`model` is missing"),
        ({"function": "a:b"}, "`model` and `function` both say what generates"),
        ({"model": None, "function": "build"}, "`function` is module:function, not "),
        ({"dtype": "float64"}, "`dtype` cannot be"),
        ({"attention": "flash"}, "`attention` cannot be"),
        ({"quality": "ultra"}, "`quality` cannot be"),
        ({"steps": 0}, "`steps` is at least 1, not 0"),
        ({"steps": True}, "`steps` takes a whole number"),
        ({"guidance": "high"}, "`guidance` takes a number"),
        ({"quality_steps": {"drafty": 1}}, "`drafty` cannot be"),
        ({"quality_steps": {"draft": 0}}, "quality_steps.draft: `draft` is at least 1"),
        ({"quality_steps": 4}, "`quality_steps` takes a mapping"),
        ({"scheduler": 3}, "`scheduler` is the class of a scheduler, not 3"),
        ({"call": "fast"}, "`call` takes a mapping"),
        ({"local_files_only": "no"}, "`local_files_only` takes true or false"),
        ({"concurrency": 2}, "unknown option `concurrency`"),
        ({"schduler": "DDIM"}, "unknown option `schduler`"),
        ({"loras": "a.safetensors"}, "`loras` takes a list"),
        ({"loras": [{"scale": 1.0}]}, "`model` is missing"),
        ({"loras": [{"model": "a", "scle": 1.0}]}, "unknown option `scle`"),
        ({"controlnet": {"model": ""}}, "`model` is empty"),
        ({"ip_adapter": {"model": "a", "scale": 1.0}}, "unknown option `scale`"),
        ({"control_scale": "high"}, "`control_scale` takes a number"),
        ({"quantization": {"settings": {}}}, "`backend` is missing"),
        ({"quantization": "int8"}, "`quantization` takes"),
        ({"compile": True}, "`compile` takes a mapping"),
    ],
)
def test_bad_options_are_reported(options: dict[str, Any], problem: str) -> None:
    given = {name: value for name, value in {**MODEL, **options}.items() if value is not None}
    with pytest.raises(BadOptionError) as caught:
        adapter_of("diffusers").capabilities(given)
    assert problem in str(caught.value)


def test_it_explains_itself() -> None:
    parsed = explain("diffusers")
    assert [(tier.value, tier.meaning) for tier in parsed.vocabulary if tier.setting == "quality"] == [
        ("draft", "10 steps"),
        ("standard", "30 steps"),
        ("hd", "60 steps"),
    ]
    assert any("image-harness[diffusers]" in note for note in parsed.notes)
    assert all(parsed.options.values())
