"""The examples of the gateway's page with LangChain and LiteLLM get an image."""

import pytest

from tests.gateway.test_docs import addresses, blocks, placed

__all__ = ["addresses"]
pytestmark = [pytest.mark.checkout, pytest.mark.filterwarnings("default")]


@pytest.mark.parametrize("name", ["ChatOpenAI", "litellm"])
def test_a_python_example_gets_an_image(addresses: dict[str, str], name: str) -> None:
    (block,) = blocks("python", name)
    found: dict[str, object] = {}
    exec(placed(block, addresses), found)
    if name == "litellm":
        assert found["reply"].data[0].b64_json  # type: ignore[attr-defined]
    else:
        kinds = [part["type"] for part in found["reply"].content]  # type: ignore[attr-defined]
        assert "image_generation_call" in kinds
