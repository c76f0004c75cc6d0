"""Weights files: the shipped ones are whole, and damaged ones are refused."""

import io
import zipfile
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from harness.painter import SHIPPED, Painter, WeightsError, weights
from harness.painter.arithmetic import ARITHMETICS, Bound
from harness.painter.network import Network


def shipped(name: str = "painter@2") -> bytes:
    return (files("harness.painter") / "data" / SHIPPED[name][0]).read_bytes()


@pytest.mark.parametrize("model", ["painter@1", "painter@2"])
@pytest.mark.parametrize("arithmetic", ["exact", "float32"])
def test_shipped_weights_load_and_their_bounds_hold(model: str, arithmetic: str) -> None:
    assert len(shipped(model)) < 5_000_000
    facts = Painter(model, arithmetic).environment()
    assert facts["weights"] == SHIPPED[model][1]


def test_a_file_is_loaded_by_path(tmp_path: Path) -> None:
    path = tmp_path / "own.npz"
    path.write_bytes(shipped())
    assert Painter(str(path)).environment()["weights"] == SHIPPED["painter@2"][1]


def save(path: Path, arrays: dict[str, np.ndarray]) -> str:
    with path.open("wb") as file:
        np.savez(file, **arrays)
    return str(path)


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    whole = shipped()
    arrays = dict(np.load(io.BytesIO(whole), allow_pickle=False))
    flipped = bytearray(whole)
    flipped[len(flipped) // 2] ^= 0xFF
    objects = np.array([{"a": 1}], dtype=object)
    cases: dict[str, bytes] = {
        "empty": b"",
        "text": b"hello",
        "cut": whole[: len(whole) // 2],
        "flipped": bytes(flipped),
    }
    for name, data in cases.items():
        path = tmp_path / f"{name}.npz"
        path.write_bytes(data)
        with pytest.raises(WeightsError) as fault:
            Painter(str(path))
        assert fault.value.path == str(path)
        assert fault.value.hint
    for name, change in {
        "missing": {"patch.q": None},
        "shape": {"patch.q": arrays["patch.q"][:, :5]},
        "floats": {"patch.q": arrays["patch.q"].astype(np.float32)},
        "pickled": {"patch.q": objects},
    }.items():
        changed = {k: v for k, v in {**arrays, **change}.items() if v is not None}
        with pytest.raises(WeightsError):
            Painter(save(tmp_path / f"{name}.npz", changed))
    with pytest.raises(WeightsError):
        Painter(str(tmp_path / "absent.npz"))
    with pytest.raises(WeightsError):
        Painter("painter@3")


def test_an_altered_shipped_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(weights.SHIPPED, "painter@2", (SHIPPED["painter@2"][0], "0" * 64))
    with pytest.raises(WeightsError, match="altered"):
        Painter("painter@2")


def test_an_archive_bomb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("patch.q.npy", b"\0" * (weights.LIMIT + 1))
    with pytest.raises(WeightsError, match="larger"):
        Painter(str(path))


def test_weights_whose_sums_could_be_inexact_are_refused() -> None:
    arrays = dict(np.load(io.BytesIO(shipped()), allow_pickle=False))
    arrays["shift.0.down.q"] = np.full(arrays["shift.0.down.q"].shape, 2**31, np.int64)
    with pytest.raises(Bound):
        Network(arrays, ARITHMETICS["exact"])
    Network(arrays, ARITHMETICS["float32"])
