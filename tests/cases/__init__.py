"""Files that something went wrong with before: IMAGES one by one, OLD and NEW as two folders to compare."""

from pathlib import Path

IMAGES = Path(__file__).parent / "images"
OLD, NEW = (Path(__file__).parent / "folders" / side for side in ("old", "new"))
