"""Undoing decisions, and what stands in the way."""

import errno
import os
import shutil
import sys
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import pytest

from harness.baseline import (
    Baselines,
    Selection,
    UndoRefusedError,
    WritesRefusedError,
    accept,
    changing,
    decisions,
    ignore,
    kept,
    prune,
    reject,
    rename,
    undo,
)
from harness.errors import UsageError
from harness.ledger import DiskFullError
from harness.records import TrialKey

TODAY = date(2026, 11, 22)
SIGNED = {"reason": "because", "who": "Ada"}


@pytest.fixture
def take(baselines: Baselines, new_run):
    """Accept images of a new run, by case; returns the id of the decision."""

    def accepted(**images: str) -> str:
        run = new_run()
        for case, content in images.items():
            run.add(case, content=content, verdict="drift")
        accept(baselines, run.folder, Selection(), **SIGNED)
        return latest(baselines)

    return accepted


def latest(baselines: Baselines) -> str:
    return decisions(baselines)[-1].line.id


def content(baselines: Baselines, case: str = "fox") -> list[bytes]:
    key = TrialKey("quickstart", case, "base", 0)
    baselines.clear_cache()
    return [baselines.load(item) for item in baselines.find(key)]


def test_undo_of_a_first_acceptance_takes_the_image_out(baselines, take, files) -> None:
    take(fox="wrong")
    (change,) = undo(baselines, who="Bea")
    assert (change.action, len(change.old), change.new) == ("undone", 1, ())
    assert content(baselines) == []
    assert [one.line.action for one in decisions(baselines)] == ["accept", "undo"]
    assert [one.undone for one in decisions(baselines)] == [True, False]
    assert "quickstart/fox/base-s0.png" not in files()
    assert baselines.verify() == []


def test_undo_over_a_replaced_image_brings_it_back_byte_for_byte(baselines, take, files) -> None:
    take(fox="right", owl="owl")
    before = files()
    take(fox="wrong")
    assert content(baselines) == [b"wrong"]
    undo(baselines, who="Ada")
    after = files()
    assert {name: after[name] for name in after if not name.endswith("log.jsonl")} == {
        name: before[name] for name in before if not name.endswith("log.jsonl")
    }
    assert baselines.verify() == []


def test_undo_after_prune_restores_images_and_ignores(baselines, take, files) -> None:
    take(fox="fox", owl="owl")
    keys = list(baselines.manifest("quickstart").trials())
    ignore(baselines, keys[:1], owner="team", until=TODAY, today=TODAY, **SIGNED)
    before = files()["quickstart/manifest.json"]
    prune(baselines, keys, **SIGNED)
    assert content(baselines) == content(baselines, "owl") == []
    undo(baselines, who="Ada")
    assert (content(baselines), content(baselines, "owl")) == ([b"fox"], [b"owl"])
    assert files()["quickstart/manifest.json"] == before


def test_undo_again_goes_further_back_and_an_undo_can_be_undone(baselines, take) -> None:
    take(fox="one")
    take(fox="two")
    take(fox="three")
    undo(baselines, who="Ada")
    undone = latest(baselines)
    undo(baselines, who="Ada")
    assert content(baselines) == [b"one"]
    with pytest.raises(UndoRefusedError):
        undo(baselines, undone, who="Ada")
    undo(baselines, latest(baselines), who="Ada")
    assert content(baselines) == [b"two"]
    undo(baselines, undone, who="Ada")
    assert content(baselines) == [b"three"]


def test_a_second_undo_stays_in_the_suites_of_the_first(baselines, new_run) -> None:
    days = (datetime(2026, 11, day, tzinfo=UTC) for day in range(1, 9))
    ids = []
    for suite in ("older", "other"):
        run = new_run()
        run.add(suite=suite, content=suite)
        accept(baselines, run.folder, Selection(), **SIGNED, when=next(days))
        ids.append(latest(baselines))
    undo(baselines, who="Ada", when=next(days))
    with pytest.raises(UsageError) as caught:
        undo(baselines, who="Ada", when=next(days))
    assert f"--decision {ids[0]}" in caught.value.hint
    baselines.clear_cache()
    assert len(list(baselines.manifest("older").trials())) == 1
    undo(baselines, ids[0], who="Ada", when=next(days))
    undo(baselines, latest(baselines), who="Ada", when=next(days))
    assert [change.key.suite for change in undo(baselines, who="Ada", when=next(days))] == ["older"]


def test_a_rejection_is_undone_in_the_log_alone(baselines, new_run, take, files) -> None:
    take(fox="fox")
    run = new_run()
    run.add(content="other", verdict="drift")
    reject(baselines, run.folder, Selection(), **SIGNED)
    before = files()
    (change,) = undo(baselines, who="Ada")
    assert (change.old, change.new) == (change.new, change.old)
    assert {name for name in files() if files()[name] != before[name]} == {"quickstart/log.jsonl"}


def test_an_older_decision_is_undone_unless_a_later_one_changed_its_trial(baselines, take) -> None:
    first = take(fox="one", owl="owl")
    second = take(bee="bee")
    third = take(fox="two")
    undo(baselines, second, who="Ada")
    assert content(baselines, "bee") == []
    with pytest.raises(UndoRefusedError) as caught:
        undo(baselines, first, who="Ada")
    assert third in caught.value.hint
    assert content(baselines) == [b"two"]
    undo(baselines, third, who="Ada")
    undo(baselines, first, who="Ada")
    assert content(baselines) == content(baselines, "owl") == []


def test_what_cannot_be_undone_is_refused_with_its_reason(baselines, take) -> None:
    with pytest.raises(UsageError, match="no decision to undo"):
        undo(baselines, who="Ada")
    first = take(fox="one")
    for unknown in ("nothing", "", "../../x", first + "\n"):
        with pytest.raises(UsageError, match="there is no decision"):
            undo(baselines, unknown, who="Ada")
    undo(baselines, first, who="Ada")
    with pytest.raises(UndoRefusedError, match="undone already") as caught:
        undo(baselines, first, who="Ada")
    assert latest(baselines) in caught.value.hint
    with pytest.raises(UsageError, match="no decision to undo"):
        undo(baselines, who="Ada")


@pytest.mark.parametrize("harm", ["image gone", "image altered", "entries gone", "entries altered", "all gone"])
def test_undo_is_refused_where_what_was_replaced_is_gone_or_altered(baselines, take, files, harm: str) -> None:
    take(fox="one", owl="owl")
    second = take(fox="two", owl="other owl")
    folder = baselines.root / "quickstart/.replaced"
    entries = folder / f"{second}.json"
    image = next(path for path in folder.iterdir() if path.read_bytes() == b"one")
    before = files()
    match harm.split():
        case ["image", "gone"]:
            image.unlink()
        case ["image", _]:
            image.unlink()
            image.write_bytes(b"one of another kind")
        case ["entries", "gone"]:
            entries.unlink()
        case ["entries", _]:
            entries.write_text(entries.read_text().replace("because", "whatever"))
        case _:
            shutil.rmtree(folder)
    with pytest.raises(UndoRefusedError, match="not kept any more"):
        undo(baselines, who="Ada")
    assert files() == before
    if harm.startswith("image"):
        # brought back by hand
        image.unlink(missing_ok=True)
        image.write_bytes(b"one")
        undo(baselines, who="Ada")
        assert content(baselines) == [b"one"]


def test_undo_in_a_manifest_that_was_edited_or_merged_is_refused(baselines, take, tmp_path) -> None:
    take(fox="one")
    take(fox="two")
    path = baselines.root / "quickstart/manifest.json"
    path.write_text(path.read_text().replace('"because"', '"of the other branch"'))
    with pytest.raises(UndoRefusedError, match="edited or merged"):
        undo(baselines, who="Ada")
    assert content(baselines) == [b"two"]


def test_the_kept_files_are_limited_and_ignored_by_git(baselines, take, monkeypatch) -> None:
    monkeypatch.setattr(kept, "MOST_BYTES", 1)
    for number in range(3):
        take(fox=f"image {number}")
    folder = baselines.root / "quickstart/.replaced"
    assert (folder / ".gitignore").read_text() == "*\n"
    assert {path.name for path in folder.iterdir()} == {
        ".gitignore",
        f"{latest(baselines)}.json",
        next(path.name for path in folder.iterdir() if path.read_bytes() == b"image 1"),
    }
    undo(baselines, who="Ada")
    assert content(baselines) == [b"image 1"]
    with pytest.raises(UndoRefusedError):
        undo(baselines, who="Ada")


def test_undo_is_refused_in_ci(baselines, take, files, monkeypatch) -> None:
    take(fox="one")
    before = files()
    monkeypatch.setenv("CI", "1")
    for change in (
        lambda: undo(baselines, who="A"),
        lambda: rename(baselines, "quickstart/fox", "quickstart/o", who="A"),
    ):
        with pytest.raises(WritesRefusedError):
            change()
    assert files() == before


def test_a_decision_over_two_suites_is_undone_as_one(baselines, new_run) -> None:
    run = new_run()
    run.add("fox", suite="one")
    run.add("fox", suite="two")
    accept(baselines, run.folder, Selection(), **SIGNED)
    assert len({one.line.id for one in decisions(baselines)}) == 1
    changes = undo(baselines, who="Ada")
    assert {change.key.suite for change in changes} == {"one", "two"}
    assert [list(baselines.manifest(suite).trials()) for suite in ("one", "two")] == [[], []]


DECIDE = {
    "accept": lambda baselines, run: accept(baselines, run, Selection(), **SIGNED),
    "reject": lambda baselines, run: reject(baselines, run, Selection(), **SIGNED),
    "reject --baseline": lambda baselines, run: reject(baselines, run, Selection(), baseline=True, **SIGNED),
    "undo": lambda baselines, _: undo(baselines, who="Ada"),
    "rename": lambda baselines, _: rename(baselines, "quickstart/fox", "quickstart/wolf", who="Ada"),
    "prune": lambda baselines, _: prune(baselines, baselines.manifest("quickstart").trials(), **SIGNED),
}


class Fault:
    """Patches the system calls that write: the one of a number fails, or ends the process, half-way."""

    FULL = ("write", "fsync", "link", "mkdir")
    """What a full disk refuses: what needs room."""
    ALL = (*FULL, "replace", "unlink", "truncate", "ftruncate", "rmdir", "utime")

    def __init__(self, number: int, *, deadly: bool) -> None:
        self.left, self.deadly = number, deadly

    def __enter__(self) -> "Fault":
        self.originals = {name: getattr(os, name) for name in (self.ALL if self.deadly else self.FULL)}
        for name, call in self.originals.items():
            setattr(os, name, partial(self._called, name, call))
        return self

    def __exit__(self, *_: object) -> None:
        for name, call in self.originals.items():
            setattr(os, name, call)

    @property
    def happened(self) -> bool:
        return self.left < 0

    def _called(self, name: str, call, *arguments, **named):
        self.left -= 1
        if self.left != -1:
            return call(*arguments, **named)
        if name == "write":
            call(arguments[0], arguments[1][: len(arguments[1]) // 2])
        if self.deadly:
            os._exit(9)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class Scene:
    """A baselines folder on which a decision is made again and again."""

    def __init__(self, baselines: Baselines, decision: str, run: Path, copy: Path) -> None:
        self.baselines, self.run, self.copy = baselines, run, copy
        self.decide = partial(DECIDE[decision], baselines, run)
        shutil.copytree(baselines.root, copy)
        self.before, self.lines = self.state(), self.logged()
        self.decide()
        self.after, self.more = self.state(), len(self.logged())

    def begin(self) -> None:
        shutil.rmtree(self.baselines.root)
        shutil.copytree(self.copy, self.baselines.root)

    def failed(self) -> DiskFullError | None:
        try:
            self.decide()
        except DiskFullError as error:
            return error
        return None

    def state(self) -> dict[str, list[bytes]]:
        reader = Baselines(self.baselines.root)
        manifest = reader.manifest("quickstart")
        return {str(key): [reader.load(item) for item in manifest.accepted(key)] for key in manifest.trials()}

    def logged(self) -> list[tuple[str, str]]:
        return [(line.id, line.trial) for line in self.baselines.log("quickstart")]

    def holds_or_not(self) -> None:
        """The decision holds as a whole, or not at all; the next writer can go on, and nothing is left over."""
        assert self.baselines.verify() == []
        state, lines = self.state(), self.logged()
        if len(lines) == self.more:
            assert state == self.after
        else:
            assert state == self.before
            # a rejection changes the log alone, line by line
            assert lines[: len(self.lines)] == self.lines
            assert lines == self.lines or self.before == self.after
        with changing(self.baselines, "quickstart"):
            pass
        left = [path.name for path in self.baselines.root.rglob("*") if path.suffix in (".pending", ".tmp")]
        assert not left
        assert (self.state(), self.logged(), self.baselines.verify()) == (state, lines, [])
        assert decisions(self.baselines)
        accept(self.baselines, self.run, Selection(), **SIGNED)
        assert self.baselines.verify() == []


@pytest.fixture
def scene(baselines, new_run, take, tmp_path: Path):
    def made(decision: str) -> Scene:
        take(fox="one", owl="owl")
        take(fox="two")
        run = new_run()
        run.add("fox", content="three", verdict="drift")
        run.add("owl", content="other owl", verdict="drift", extension="webp")
        return Scene(baselines, decision, run.folder, tmp_path / "copy")

    return made


@pytest.mark.parametrize("decision", DECIDE)
def test_a_full_disk_names_the_file_and_leaves_no_decision(scene, baselines, decision: str) -> None:
    at = scene(decision)
    for number in range(1000):
        at.begin()
        with Fault(number, deadly=False) as fault:
            error = at.failed()
        assert error is None or error.path.is_relative_to(baselines.root)
        if not fault.happened:
            break
        at.holds_or_not()
    assert number > 2


@pytest.mark.skipif(sys.platform == "win32", reason="forks")
@pytest.mark.parametrize("decision", DECIDE)
def test_a_kill_in_any_write_leaves_each_decision_whole_or_not_there(scene, decision: str) -> None:
    at = scene(decision)
    for number in range(1000):
        at.begin()
        child = os.fork()
        if not child:
            with Fault(number, deadly=True):
                at.decide()
            os._exit(0)
        if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 9:
            break
        at.holds_or_not()
    assert number > 5


def test_a_foreign_mark_or_log_deletes_nothing_outside(baselines, take, tmp_path: Path) -> None:
    take(fox="one")
    outside = tmp_path / "evil.json"
    outside.write_text("{}")
    log = baselines.root / "quickstart/log.jsonl"
    own = log.read_text()
    for mark, name in (("../../../evil", "x"), ("0123456789ab", "../../evil.json"), ("0123456789ab", "/etc/hostname")):
        line = own.splitlines()[0].replace(latest(baselines), mark).replace('"old":{}', f'"old":{{"{name}":"0"}}')
        log.write_text(own + line + "\n")
        (log.parent / "log.jsonl.pending").write_text(mark)
        with changing(baselines, "quickstart"):
            pass
        assert outside.exists()
        assert Path("/etc/hostname").exists()
        assert not (log.parent / "log.jsonl.pending").exists()
        log.write_text(own)
    assert baselines.verify() == []
    assert content(baselines) == [b"one"]
