import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness.baseline import (
    DRIVER,
    Baselines,
    Decision,
    ManifestError,
    Selection,
    accept,
    ignore,
    merge_manifests,
    read_log,
)
from harness.records import TrialKey

MANIFEST = "baselines/quickstart/manifest.json"
FOX = TrialKey("quickstart", "fox", "base", 0)


class Repository:
    """A git repository with accepted images, whose merge driver is the harness of this checkout."""

    def __init__(self, folder: Path, new_run) -> None:
        self.folder = folder
        self.new_run = new_run
        self.baselines = Baselines(folder / "baselines")
        self.git("init", "-q", "-b", "main")
        self.git("config", "user.name", "Ada")
        self.git("config", "user.email", "ada@example.org")
        installed = subprocess.run(
            [sys.executable, "-m", "harness", "baselines", "install"], cwd=folder, capture_output=True, text=True
        )
        assert installed.returncode == 0, installed.stderr
        assert self.git("config", "merge.harness.driver").stdout.strip() == DRIVER
        # git finds `harness` by the path; the tests may run from a checkout that is not installed
        self.git("config", "merge.harness.driver", f"{sys.executable} -m {DRIVER}")

    def git(self, *arguments: str, code: int = 0) -> "subprocess.CompletedProcess[str]":
        done = subprocess.run(["git", *arguments], cwd=self.folder, capture_output=True, text=True)
        assert done.returncode == code, done.stdout + done.stderr
        return done

    def accept(self, case: str, content: str, **more: object) -> None:
        run = self.new_run()
        run.add(case, content=content, **more)
        accept(self.baselines, run.folder, Selection(), reason=f"{case} looks right", who=f"who {content}")
        self.commit()

    def commit(self) -> None:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "more")

    def on(self, branch: str) -> None:
        self.git("switch", "-q", *([] if branch in self.git("branch").stdout else ["-c"]), branch)
        self.baselines.clear_cache()

    def merge(self, code: int = 0) -> str:
        done = self.git("merge", "--no-edit", "theirs", code=code)
        self.baselines.clear_cache()
        return done.stdout + done.stderr

    def log(self) -> list[Decision]:
        return list(read_log(self.folder / "baselines/quickstart/log.jsonl"))


@pytest.fixture
def repository(tmp_path: Path, new_run) -> Repository:
    folder = tmp_path / "project"
    folder.mkdir()
    made = Repository(folder, new_run)
    made.accept("fox", "fox")
    made.accept("owl", "owl")
    return made


def test_two_branches_that_accept_different_cases_merge_without_a_person(repository: Repository) -> None:
    repository.on("theirs")
    repository.accept("fox", "their fox", verdict="drift")
    repository.accept("bee", "their bee")
    repository.on("main")
    repository.accept("ant", "our ant")
    repository.accept("owl", "our owl", verdict="drift")
    repository.merge()
    assert repository.git("status", "--short").stdout == ""
    assert repository.baselines.verify() == []
    shown = {
        key.case: repository.baselines.load(repository.baselines.find(key)[0]).decode()
        for key in repository.baselines.manifest("quickstart").trials()
    }
    assert shown == {"ant": "our ant", "bee": "their bee", "fox": "their fox", "owl": "our owl"}
    assert [decision.trial for decision in repository.log()].count("fox/base-s0") == 2
    assert len(repository.log()) == 6
    manifest = repository.baselines.manifest("quickstart")
    assert manifest.dump() == {"manifest.json": (repository.folder / MANIFEST).read_bytes()}


def test_two_profiles_of_one_case_merge(repository: Repository) -> None:
    from harness.records import Policy, Rule

    policy = Policy(Rule("exact"), profile=("gpu",))
    repository.on("theirs")
    repository.accept("bee", "on h100", environment={"gpu": "H100"}, policy=policy)
    repository.on("main")
    repository.accept("bee", "on t4", environment={"gpu": "T4"}, policy=policy)
    repository.merge()
    key = TrialKey("quickstart", "bee", "base", 0)
    assert {item.profile["gpu"] for item in repository.baselines.manifest("quickstart").accepted(key)} == {"H100", "T4"}
    assert repository.baselines.verify() == []


def test_the_same_case_with_different_images_is_a_conflict_that_names_both(repository: Repository) -> None:
    repository.on("theirs")
    repository.accept("fox", "their fox", verdict="drift")
    repository.accept("bee", "their bee")
    repository.on("main")
    repository.accept("fox", "our fox", verdict="drift")
    said = repository.merge(code=1)
    assert f"conflict in {MANIFEST}: fox/base-s0: ours quickstart/fox/base-s0.png" in said
    assert "by who our fox" in said
    assert "by who their fox" in said
    assert "git checkout --ours -- baselines/quickstart/fox/base-s0.png" in said
    assert set(repository.git("diff", "--name-only", "--diff-filter=U").stdout.split()) == {
        MANIFEST,
        "baselines/quickstart/fox/base-s0.png",
    }
    text = (repository.folder / MANIFEST).read_text()
    assert "who our fox" in text
    assert "who their fox" in text
    assert "their bee" in text
    with pytest.raises(ManifestError, match="merge conflict"):
        repository.baselines.find(FOX)
    # whichever side is kept, the file is a manifest again
    for side in ("ours", "theirs"):
        kept, mark = [], ""
        for line in text.splitlines(keepends=True):
            mark = {"<<<<<<<": "ours", "=======": "theirs", ">>>>>>>": ""}.get(line[:7], mark)
            if not line.startswith(("<<<<<<<", "=======", ">>>>>>>")) and mark in ("", side):
                kept.append(line)
        (repository.folder / MANIFEST).write_text("".join(kept))
        repository.git("checkout", f"--{side}", "--", "baselines/quickstart/fox/base-s0.png")
        repository.baselines.clear_cache()
        assert repository.baselines.verify() == []
        [item] = repository.baselines.find(FOX)
        assert repository.baselines.load(item).decode() == f"{'our' if side == 'ours' else 'their'} fox"
    assert len(repository.log()) == 5


def edited(path: Path, source: Path, **changes: object) -> Path:
    """A manifest with the accepted images of its first trial changed."""
    manifest = json.loads(source.read_text())
    for item in manifest["trials"][0]["accepted"]:
        item.update(changes)
    path.write_text(json.dumps(manifest))
    return path


def test_of_the_same_images_the_calibrated_entry_is_kept_else_the_later_one(tmp_path, baselines, new_run) -> None:
    run = new_run()
    key = run.add("fox")
    accept(baselines, run.folder, Selection(), reason="right", who="Ada")
    source = baselines.root / "quickstart" / "manifest.json"
    nothing = tmp_path / "nothing"
    nothing.touch()
    early, late, floor, other = "2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z", {"ssim": 0.9}, {"ssim": 0.8}

    def kept(ours: dict[str, object], theirs: dict[str, object]) -> str | None:
        sides = [edited(tmp_path / who, source, who=who, **side) for who, side in (("a", ours), ("b", theirs))]
        merged = merge_manifests(nothing, *sides, source)
        if merged.conflicts:
            [conflict] = merged.conflicts
            assert (conflict.place.key, conflict.files) == (key, ("quickstart/fox/base-s0.png",))
            return None
        [trial] = json.loads(merged.data)["trials"]
        return trial["accepted"][0]["who"]

    assert kept({"when": early}, {"when": late}) == "b"
    assert kept({"when": late}, {"when": early}) == "a"
    assert kept({"when": early}, {"when": early}) == "a"
    assert kept({"when": early, "noise_floor": floor}, {"when": late}) == "a"
    assert kept({"when": late}, {"when": early, "noise_floor": floor}) == "b"
    assert kept({"when": early, "noise_floor": floor}, {"when": late, "noise_floor": other}) is None
    [image] = json.loads(source.read_text())["trials"][0]["accepted"]
    changed = {"image": image["image"] | {"pixel_digest": "0" * 64}}
    assert kept({"when": early}, {"when": late, **changed}) is None


def test_the_same_image_accepted_on_both_sides_is_no_conflict(repository: Repository) -> None:
    repository.on("theirs")
    repository.accept("bee", "bee")
    repository.on("main")
    repository.accept("bee", "bee")
    repository.merge()
    assert repository.baselines.verify() == []
    assert len(repository.baselines.manifest("quickstart")) == 3


def test_taken_out_there_and_replaced_here_is_a_conflict(repository: Repository) -> None:
    from harness.baseline import prune

    repository.on("theirs")
    prune(repository.baselines, [FOX], reason="gone", who="Bob")
    repository.commit()
    repository.on("main")
    repository.accept("fox", "our fox", verdict="drift")
    said = repository.merge(code=1)
    assert "fox/base-s0: ours quickstart/fox/base-s0.png" in said
    assert "theirs removed it" in said


def test_ignores_merge_and_conflict_like_images(repository: Repository) -> None:
    from datetime import date

    def ignored(case: str, owner: str) -> None:
        key = TrialKey("quickstart", case, "base", 0)
        day = date(2026, 11, 22)
        ignore(repository.baselines, [key], reason="known", owner=owner, until=day, today=day, who=owner)
        repository.commit()

    repository.on("theirs")
    ignored("fox", "Bob")
    repository.on("main")
    ignored("owl", "Ada")
    repository.merge()
    merged = repository.baselines.manifest("quickstart")
    ignores = [merged.ignored(TrialKey("quickstart", case, "base", 0)) for case in ("fox", "owl")]
    assert [one and one.owner for one in ignores] == ["Bob", "Ada"]
    repository.git("switch", "-q", "theirs")
    repository.git("merge", "-q", "main")
    ignored("fox", "Eve")
    repository.on("main")
    ignored("fox", "Joe")
    said = repository.merge(code=1)
    assert "the ignore of fox/base-s0: ours ignored until 2026-11-22 (Joe)" in said
    assert "(Eve)" in said


@pytest.mark.parametrize(
    ("broken", "problem", "hint"),
    [
        (lambda text: text[:-30], "is not JSON", "git checkout --ours"),
        (lambda _: "", "is not JSON", "git checkout --ours"),
        (lambda text: text.replace('"format": 2', '"format": 9'), "has format 9, written by image-harness", "install"),
        (lambda _: '{"format": 1, "suite": "quickstart", "trials": {}}', "has format 1", "read it with"),
        (lambda text: text.replace("quickstart", "other"), "belongs to the suite", "git checkout --ours"),
    ],
)
@pytest.mark.parametrize("side", ["ours", "theirs"])
def test_a_broken_side_is_a_clear_error_and_nothing_is_lost(repository, broken, problem, hint, side) -> None:
    path = repository.folder / MANIFEST
    for branch in ("theirs", "main"):
        repository.on(branch)
        repository.accept("bee" if branch == "theirs" else "ant", branch)
        if branch == {"ours": "main", "theirs": "theirs"}[side]:
            path.write_text(broken(path.read_text()))
            repository.commit()
    before = path.read_bytes()
    said = repository.merge(code=1)
    if problem.startswith("belongs"):
        assert "belongs to the suite" in said
    else:
        assert f"{MANIFEST} ({side})" in said
        assert problem in said
        assert hint in said
    assert path.read_bytes() == before
    assert repository.git("diff", "--name-only", "--diff-filter=U").stdout.split() == [MANIFEST]
    assert "main" in repository.git("show", f":2:{MANIFEST}").stdout or side == "ours"
    assert len(repository.log()) == 4


def test_a_broken_base_is_named_and_the_driver_ends_with_2(repository: Repository, tmp_path: Path) -> None:
    manifest = repository.folder / MANIFEST
    for name in ("base", "ours", "theirs"):
        shutil.copyfile(manifest, tmp_path / name)
    (tmp_path / "base").write_text("{")
    before = (tmp_path / "ours").read_bytes()
    done = subprocess.run(
        [sys.executable, "-m", "harness", "baselines", "merge", "base", "ours", "theirs", MANIFEST],
        cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 2
    assert f"{MANIFEST} (base):1: is not JSON" in done.stderr
    assert (tmp_path / "ours").read_bytes() == before


def test_two_processes_that_accept_at_once_both_get_their_entry(baselines: Baselines, new_run) -> None:
    code = (
        "import sys; from pathlib import Path; from harness.baseline import Baselines, Selection, accept\n"
        "accept(Baselines(sys.argv[1]), Path(sys.argv[2]), Selection(), reason='at once', who=sys.argv[2])"
    )
    runs = []
    for number in range(6):
        run = new_run()
        run.add(f"case-{number}", content=f"{number}")
        runs.append(run.folder)
    env = {name: value for name, value in os.environ.items() if name != "CI"}
    writers = [
        subprocess.Popen([sys.executable, "-c", code, str(baselines.root), str(run)], env=env, stderr=subprocess.PIPE)
        for run in runs
    ]
    assert [(writer.communicate()[1], writer.returncode) for writer in writers] == [(b"", 0)] * 6
    assert baselines.verify() == []
    assert len(baselines.manifest("quickstart")) == 6
    assert len((baselines.root / "quickstart/log.jsonl").read_text().splitlines()) == 6
    assert json.loads((baselines.root / "quickstart/manifest.json").read_text())["format"] == 2
