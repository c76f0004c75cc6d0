"""An artifact is a zip file that anybody may have made: only records and images come out of it, or nothing."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.review import ArtifactError, artifact, opened_run


def archive(path: Path, members: dict[str, bytes], change: Callable[[zipfile.ZipInfo], None] | None = None) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            info = zipfile.ZipInfo("x")
            info.filename, info.compress_type = name, zipfile.ZIP_DEFLATED
            if change is not None:
                change(info)
            file.writestr(info, data)
    return path


def run_of(folder: Path) -> dict[str, bytes]:
    return {
        f"reports/{folder.name}/{path.relative_to(folder).as_posix()}": path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_the_run_of_an_artifact_is_reviewed_and_its_pages_are_not(run: Path, tmp_path: Path) -> None:
    members = run_of(run) | {
        "reports/x/index.html": b"<script>evil()</script>",
        f"reports/{run.name}/index.html": b"<script>evil()</script>",
        f"reports/{run.name}/images/evil.svg/x": b"<svg/>",
        "suites/small.yaml": b"suite: evil",
        "__MACOSX/run.json": b"{}",
    }
    with opened_run(str(archive(tmp_path / "a.zip", members)), tmp_path / "reports") as folder:
        found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
        assert {"run.json", "trials.jsonl"} <= found
        assert all(name.startswith(("images/", "heat_maps/")) for name in found - {"run.json", "trials.jsonl"})
        assert not any("evil" in name for name in found)
        assert (folder / "trials.jsonl").read_bytes() == (run / "trials.jsonl").read_bytes()
    assert not folder.exists()


@pytest.mark.parametrize(
    "name",
    ["../run.json", "a/../../run.json", "/etc/run.json", "C:/run.json", "a\\..\\run.json", "a:b/run.json"],
)
def test_a_name_that_leads_out_is_refused(name: str, tmp_path: Path) -> None:
    refused(archive(tmp_path / "a.zip", {"r/run.json": b"{}", name: b"{}"}), tmp_path)


def test_links_duplicates_and_other_files_are_refused(tmp_path: Path) -> None:
    def link(info: zipfile.ZipInfo) -> None:
        info.external_attr = 0o120777 << 16

    refused(archive(tmp_path / "link.zip", {"r/run.json": b"/etc/passwd"}, link), tmp_path)
    with pytest.warns(UserWarning, match="Duplicate"):  # noqa: PT031 - closing the archive is part of it
        twice = archive(tmp_path / "twice.zip", {"r/run.json": b"{}"})
        with zipfile.ZipFile(twice, "a") as file:
            file.writestr("r/run.json", b"{ }")
    refused(twice, tmp_path)
    refused(archive(tmp_path / "none.zip", {"a.txt": b""}), tmp_path)
    refused(archive(tmp_path / "empty.zip", {}), tmp_path)
    for data in (b"", b"no zip", b"PK\x03\x04 cut", (tmp_path / "link.zip").read_bytes()[:-30]):
        (tmp_path / "x.zip").write_bytes(data)
        refused(tmp_path / "x.zip", tmp_path)


def test_a_bomb_is_stopped_by_what_comes_out_not_by_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(artifact, "FREE_BYTES", 1 << 16)
    bomb = archive(tmp_path / "a.zip", {"r/run.json": b"{}", "r/images/a.png": bytes(64 << 20)})
    refused(bomb, tmp_path)
    whole = bomb.read_bytes()
    size = (64 << 20).to_bytes(4, "little")
    assert whole.count(size) == 2
    bomb.write_bytes(whole.replace(size, (9).to_bytes(4, "little")))  # it says that it is small
    refused(bomb, tmp_path)
    monkeypatch.setattr(artifact, "MOST_BYTES", 1 << 10)
    refused(archive(tmp_path / "many.zip", {f"r/images/{i}.png": bytes(600) for i in range(2)}), tmp_path)
    monkeypatch.setattr(artifact, "MOST_FILES", 3)
    refused(archive(tmp_path / "files.zip", {f"{i}": b"" for i in range(4)}), tmp_path)


def test_an_encrypted_one_is_refused(tmp_path: Path) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as file:
        file.writestr("r/run.json", b"{}")
    raw = bytearray(data.getvalue())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.index(mark) + offset] |= 1
    (tmp_path / "a.zip").write_bytes(raw)
    refused(tmp_path / "a.zip", tmp_path)


def test_a_folder_of_a_downloaded_artifact(run: Path, tmp_path: Path) -> None:
    outer = tmp_path / "download" / "deeper"
    outer.mkdir(parents=True)
    run.rename(outer / run.name)
    with opened_run(str(tmp_path / "download"), tmp_path / "reports") as folder:
        assert folder == outer / run.name


def refused(path: Path, root: Path) -> None:
    with pytest.raises(ArtifactError) as fault, opened_run(str(path), root / "reports"):
        pass
    assert str(path) in str(fault.value)
    assert fault.value.hint
