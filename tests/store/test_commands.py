"""A project whose accepted images are in a folder beside it: pushed, pulled, fetched by a run, and lost."""

import shutil
from pathlib import Path

import pytest

from harness.errors import EXIT_FINDING, EXIT_OK, EXIT_USAGE
from harness.vocabulary import Code, Verdict
from tests.store.project import CASES, StoreProject


def stored(project: StoreProject) -> dict[str, bytes]:
    folder = project.folder.parent / "store"
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def codes(project: StoreProject) -> dict[str, tuple[str, list[str]]]:
    return {case: (verdict, [one["code"] for one in why]) for case, (verdict, why) in project.verdicts().items()}


def test_what_is_pushed_is_named_by_its_bytes_and_once_only(project: StoreProject) -> None:
    project.accept()
    files = {path.read_bytes() for path in project.images}
    first = project.harness("store", "push", "--json").data
    assert sorted(first["pushed"]) == sorted(project.keys().values()) == sorted(stored(project))
    assert set(stored(project).values()) == files
    again = project.harness("store", "push", "--json").data
    assert (again["pushed"], again["images"], again["faults"]) == ([], len(CASES), [])


def test_a_run_fetches_what_is_not_on_the_disk_and_judges_as_with_it(pushed: StoreProject) -> None:
    assert {verdict for verdict, _ in codes(pushed).values()} == {Verdict.IDENTICAL}
    pushed.generate("owl", 7)
    fetched = codes(pushed)
    assert fetched["owl"][0] == Verdict.DRIFT
    assert not pushed.images
    assert pushed.harness("store", "pull").code == EXIT_OK
    assert len(pushed.images) == len(CASES)
    assert codes(pushed) == fetched


def test_the_cache_is_used_without_the_store(pushed: StoreProject) -> None:
    before = codes(pushed)
    shutil.rmtree(pushed.folder.parent / "store")
    assert codes(pushed) == before


def test_a_missing_object_makes_its_trial_inconclusive_and_names_the_key(pushed: StoreProject) -> None:
    key = pushed.keys()["owl"]
    (pushed.folder.parent / "store" / key).unlink()
    found = pushed.verdicts()
    verdict, reasons = found.pop("owl")
    assert verdict == Verdict.INCONCLUSIVE
    assert reasons[0]["code"] == Code.BASELINE_NOT_STORED
    assert reasons[0]["data"]["key"] == key
    assert {one for one, _ in found.values()} == {Verdict.IDENTICAL}
    assert key[:20] in pushed.harness("run").out
    verified = pushed.harness("store", "verify", "--json")
    assert verified.code == EXIT_FINDING
    assert [one["key"] for one in verified.data["faults"]] == [key]
    assert verified.data["faults"][0]["code"] == "object-missing"


@pytest.mark.parametrize("damage", ["other", "shorter", "longer"])
def test_other_bytes_under_a_key_never_decide(pushed: StoreProject, damage: str) -> None:
    path = pushed.folder.parent / "store" / pushed.keys()["owl"]
    data = path.read_bytes()
    path.write_bytes({"other": bytes(len(data)), "shorter": data[:-1], "longer": data + b"\0"}[damage])
    verdict, reasons = codes(pushed)["owl"]
    assert (verdict, reasons[0]) == (Verdict.INCONCLUSIVE, Code.BASELINE_STORE_FAILED)
    pull = pushed.harness("store", "pull", "--json")
    assert pull.code == EXIT_FINDING
    assert [one["code"] for one in pull.data["faults"]] == ["object-corrupt"]
    assert len(pushed.images) == len(CASES) - 1
    assert not [path for path in pushed.folder.rglob("*") if path.name.endswith(".tmp")]


def test_a_key_that_exists_with_other_bytes_is_never_overwritten(project: StoreProject) -> None:
    project.accept()
    image = next(path for path in project.images if path.parent.name == "fox")
    for size in (3, image.stat().st_size):
        path = project.folder.parent / "store" / project.keys()["fox"]
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x" * size)
        pushed = project.harness("store", "push", "--json")
        verified = project.harness("store", "verify", "--json")
        assert path.read_bytes() == b"x" * size
        assert [one["code"] for one in verified.data["faults"]] == ["object-corrupt"]
        # a listing tells sizes; equal ones are found by verify
        assert pushed.code == (EXIT_FINDING if size == 3 else EXIT_OK)


def test_a_store_that_is_not_there_ends_a_run_before_it_begins(pushed: StoreProject) -> None:
    shutil.rmtree(pushed.folder.parent / "store")
    before = pushed.runs()
    done = pushed.harness("run", "--json")
    assert (done.code, done.data["error"]["code"]) == (EXIT_USAGE, "store-failed")
    assert pushed.runs() == before
    assert not (pushed.folder.parent / "store").exists()
    for command in ("push", "pull", "verify"):
        assert pushed.harness("store", command).code == EXIT_USAGE, command


def test_accepting_writes_here_and_names_the_command_that_pushes(project: StoreProject) -> None:
    project.harness("run")
    done = project.harness("accept", "--reason", "looked at")
    assert done.out.splitlines()[-1].split()[1:] == ["harness", "store", "push"]
    assert not stored(project)
    assert project.harness(*done.out.split()[-2:]).code == EXIT_OK
    assert len(stored(project)) == len(CASES)


def test_an_image_on_the_disk_needs_no_store(project: StoreProject) -> None:
    project.accept()
    before = codes(project)
    shutil.rmtree(project.folder.parent / "store")
    assert codes(project) == before
    assert project.harness("baselines", "verify").code == EXIT_OK
    project.images[0].write_bytes(b"altered")
    assert Code.BASELINE_ALTERED in [code for _, why in codes(project).values() for code in why]


def test_an_image_that_only_another_machine_has_is_a_fault_of_the_push(project: StoreProject) -> None:
    project.accept()
    key = project.keys()["bee"]
    next(path for path in project.images if path.parent.name == "bee").unlink()
    done = project.harness("store", "push", "--json")
    assert done.code == EXIT_FINDING
    assert len(done.data["pushed"]) == len(CASES) - 1
    assert [(one["key"], one["code"]) for one in done.data["faults"]] == [(key, "object-missing")]


def test_decisions_over_images_that_are_only_in_the_store(pushed: StoreProject) -> None:
    pushed.generate("owl", 7)
    pushed.accept()
    assert [path.parent.name for path in pushed.images] == ["owl"]
    assert {verdict for verdict, _ in codes(pushed).values()} == {Verdict.IDENTICAL}
    assert pushed.harness("undo").code == EXIT_OK
    assert codes(pushed)["owl"][0] == Verdict.DRIFT
    assert pushed.harness("rename", "animals/bee", "animals/wasp").code == EXIT_USAGE
    text = (pushed.folder / "animals.yaml").read_text()
    (pushed.folder / "animals.yaml").write_text(text.replace("id: bee", "id: wasp"))
    done = pushed.harness("rename", "animals/bee", "animals/wasp")
    assert done.code == EXIT_OK, done.err
    assert [path.parent.name for path in pushed.images] == ["owl", "wasp"]


def test_without_a_store_the_commands_say_how_one_is_named(project: StoreProject) -> None:
    project.accept()
    (project.folder / "harness.toml").write_text('suites = ["animals.yaml"]\n')
    for command in ("push", "pull", "verify", "gc"):
        done = project.harness("store", command)
        assert done.code == EXIT_USAGE
        assert "[store]" in done.err


@pytest.mark.parametrize(
    "table",
    [
        'url = "s3://key:secret@bucket/x"',
        'url = "s3://bucket/x?token=secret"',
        'url = "ftp://bucket/x"',
        'url = "s3:///x"',
        'url = "file://x"',
        'url = "s3://b"\nendpoint = "http://key:secret@127.0.0.1"',
        'url = "s3://b"\nendpoint = "http://127.0.0.1"',
        'url = "s3://b"\nsecret_key = "secret"',
        'url = "s3://b"\ncache_gb = -1',
        'region = "x"',
    ],
)
def test_what_is_no_address_or_holds_credentials_is_refused(project: StoreProject, table: str) -> None:
    (project.folder / "harness.toml").write_text(f'suites = ["animals.yaml"]\n[store]\n{table}\n')
    done = project.harness("run")
    assert done.code == EXIT_USAGE
    assert not project.runs()


def test_the_settings_of_the_store_are_shown(project: StoreProject) -> None:
    settings = {one["name"]: one for one in project.harness("config", "--json").data["settings"]}
    assert settings["store"]["value"]["url"] == "../store"
    assert settings["store"]["layer"] == "file"


def test_the_extra_is_named_where_it_is_missing(pushed: StoreProject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "obstore", None)
    (pushed.folder / "harness.toml").write_text('suites = ["animals.yaml"]\n[store]\nurl = "s3://bucket"\n')
    done = pushed.harness("run", "--json")
    assert (done.code, done.data["error"]["code"]) == (EXIT_USAGE, "missing-extra")
    assert "image-harness[store]" in done.data["error"]["hint"]
    assert Path("baselines").exists()
