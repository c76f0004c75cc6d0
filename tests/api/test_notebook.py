"""What a notebook shows: executed by a real kernel."""

import re
from pathlib import Path

import pytest

import harness

nbclient = pytest.importorskip("nbclient")
nbformat = pytest.importorskip("nbformat")
pytest.importorskip("ipykernel")

CELLS = (
    "import harness, numpy as np\n"
    "a = np.zeros((32, 32, 3), np.uint8)\na[8:20, 8:20] = 200\nharness.Image(a, name='a<b')",
    "b = a.copy()\nb[9, 9] = 10\nharness.compare(a, b)",
    "suite = harness.Suite('shapes', [harness.Case('one', 'a red circle')], provider='painter',"
    " defaults={'size': '64x64', 'quality': 'draft'})\nharness.run(suite)",
)


@pytest.mark.filterwarnings("ignore")
def test_a_notebook_shows_images_comparisons_and_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("PYTHONPATH", str(Path(harness.__file__).resolve().parents[1]))
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = [cell.outputs[-1] for cell in notebook.cells]
    assert [output.output_type for output in outputs] == ["execute_result"] * 3
    pages = [output.data["text/html"] for output in outputs]
    assert [html.count("data:image/png;base64,") for html in pages] == [1, 4, 1]
    assert "a&lt;b" in pages[0]
    assert "drift" in pages[1]
    assert "shapes/one/base-s0" in pages[2]
    for html in pages:
        assert not re.search(r"<script|https?:|src=\"(?!data:)", html)
    assert all("<harness." in output.data["text/plain"] for output in outputs)
