"""The pipeline of docs/gallery: made by its script, and what its page says."""

from pathlib import Path

from tests.docs.test_gallery import told


def test_the_commands_of_the_page(tmp_path: Path) -> None:
    told("diffusers", tmp_path)
