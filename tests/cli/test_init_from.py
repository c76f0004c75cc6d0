"""``harness init --from``: a project of images and prompts that people have, which then runs."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from harness.errors import EXIT_FINDING, EXIT_OK, EXIT_USAGE
from harness.ledger import find_run, iter_results
from tests.cli.conftest import Done
from tests.image.test_generation_metadata import FLUX, PARAMETERS, png, shapes

Command = Callable[..., Done]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def images(folder: Path) -> list[Path]:
    folder.mkdir()
    given = {
        "fox.png": png(parameters=PARAMETERS),
        "fox-again.png": png(parameters=PARAMETERS.replace("Seed: 4294967295", "Seed: 12")),
        "fox-same-seed.png": png(parameters=PARAMETERS),
        "lamp.png": png(prompt=json.dumps(FLUX)),
        "lying.png": png(parameters="a: 'prompt' # with [markup]: {x}\nSteps: 4, Seed: -1, Size: 1x1, Extra: yes"),
        "plain.png": png(),
    }
    for name, data in given.items():
        (folder / name).write_bytes(data)
    return sorted(folder.iterdir())


def test_images_become_the_baselines_of_a_suite_that_runs(folder: Path, harness: Command) -> None:
    paths = images(folder / "made")
    done = harness("init", "--from", *paths, "--json")
    reported = json.loads(done.out)
    assert done.code == EXIT_OK
    assert "suites/imported.yaml" in reported["written"]
    assert not Path("suites/first.yaml").exists()
    for name in ("fox.png", "lamp.png", "lying.png", "plain.png"):
        assert any(note.startswith(f"{name}: ") for note in reported["notes"]), name
    assert harness("run").code == EXIT_FINDING
    results = list(iter_results(find_run(Path("reports"), "latest")))
    assert len(results) == len(paths)
    assert {result.recipe.request.seed for result in results} == {4294967295, 12, 99, 0}
    files = {path.read_bytes() for path in paths}
    run = find_run(Path("reports"), "latest")
    assert {(run / result.image.file).read_bytes() for result in results if result.image} == files
    fox = next(result for result in results if result.recipe.request.seed == 12)
    assert fox.recipe.request.negative_prompt == "blurry, text: bad"
    assert fox.recipe.subject.model == "dream_v8"
    assert dict(fox.recipe.subject.settings)["sampler"] == "DPM++ 2M"
    lying = next(one for one in results if "markup" in one.recipe.request.prompt)
    assert lying.recipe.request.prompt == "a: 'prompt' # with [markup]: {x}"
    assert harness("accept", "--reason", "as they are").code == EXIT_OK
    assert harness("run").code == EXIT_OK
    shapes().transpose(Image.Transpose.ROTATE_180).save("suites/imported/a-lamp-99.png")
    assert harness("run").code == EXIT_FINDING


def test_a_web_ui_takes_what_was_read_of_its_own_images(folder: Path, harness: Command) -> None:
    """What says which program and weights made an image is no setting: it is told beside the case, and tells cases
    apart."""
    (folder / "made").mkdir()
    for name, text in (("one", PARAMETERS), ("two", PARAMETERS.replace("abc123", "def456"))):
        (folder / "made" / f"{name}.png").write_bytes(png(parameters=text.replace("a red fox", "ein süßer Füchs")))
    assert harness("init", "--from", "made").code == EXIT_OK
    suite = Path("suites/imported.yaml")
    text = suite.read_text("utf-8")
    assert [word in text for word in ("model_hash abc123", "model_hash def456", "version v1.9.4")] == [True] * 3
    assert text.count("id: ein-susser-fuchs") == 2
    suite.write_text(
        text.replace("{kind: folder, folder: imported, pattern: '{case}-{seed}'}", "{kind: automatic1111}")
    )
    done = harness("run", "--dry-run", "--json")
    assert (done.code, json.loads(done.out)["trials"]) == (EXIT_OK, 2)


def test_lists_of_prompts(harness: Command) -> None:
    Path("party.tsv").write_text("Prompt\tCategory\tChallenge\tNote\na fox\tAnimals\tBasic\tfor\na: fox\tAnimals\t\t\n")
    Path("lines.txt").write_text("\ufeffa red circle\n\n  two blue squares  \na red circle\n")
    Path("rows.jsonl").write_text('"a green circle"\n{"prompt": "a house", "seed": 7, "id": "The House!"}\n')
    with Path("table.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([["id", "prompt", "negative_prompt"], ["one", "a tree, tall\nand old", "fog"]])
    done = harness("init", "--from", "party.tsv", "lines.txt", "rows.jsonl", "table.csv", "--json")
    assert done.code == EXIT_OK
    assert len(json.loads(done.out)["notes"]) == 1
    planned = json.loads(harness("run", "--dry-run", "--json").out)
    assert planned["trials"] == 8
    assert sorted(planned["suites"]) == ["lines", "party", "rows", "table"]
    assert harness("run", "suites/lines.yaml", "suites/rows.yaml").code == EXIT_FINDING
    results = {str(one.key): one for one in iter_results(find_run(Path("reports"), "latest"))}
    assert set(results) == {
        "lines/a-red-circle/base-s0", "lines/two-blue-squares/base-s0", "lines/a-red-circle-2/base-s0",
        "rows/a-green-circle/base-s0", "rows/the-house/base-s7",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("no.txt", b"  \n"),
        ("no.csv", b"name,seed\na,1\n"),
        ("more.csv", b"prompt\na,b\n"),
        ("no.jsonl", b"{\n"),
        ("number.jsonl", b"7\n"),
        ("seed.csv", b"prompt,seed\na,x\n"),
        ("bytes.txt", b"\xff\xfe\x00"),
        ("no.png", b"not an image"),
        ("cut.png", png()[:40]),
        ("what.xyz", b"?"),
    ],
)
def test_a_bad_source_writes_nothing(name: str, data: bytes, harness: Command) -> None:
    Path(name).write_bytes(data)
    Path("good.txt").write_text("a fox\n")
    assert harness("init", "--from", "good.txt", "--from", name).code == EXIT_USAGE
    assert sorted(path.name for path in Path().iterdir()) == sorted([name, "good.txt"])


def test_an_image_that_carries_its_recipe(harness: Command) -> None:
    asked = ("two red circles", "--seed", "9", "--quality", "draft", "--embed", "-o", "circles.png")
    assert harness("generate", *asked).code == EXIT_OK
    assert harness("init", "--from", "circles.png").code == EXIT_OK
    planned = Path("suites/imported.yaml").read_text()
    assert "two red circles" in planned
    assert "quality: draft" in planned
    assert harness("generate", "a fox", "--seed", "0..3", "--embed").code == EXIT_USAGE


def test_an_existing_suite_is_kept(harness: Command) -> None:
    Path("fox.txt").write_text("a fox\n")
    assert harness("init", "--from", "fox.txt").code == EXIT_OK
    suite = Path("suites/fox.yaml")
    suite.write_text("mine")
    assert harness("init", "--from", "fox.txt").code == EXIT_USAGE
    assert suite.read_text() == "mine"
    assert harness("init", "--from", "missing.png").code == EXIT_USAGE
    assert harness("init", "a", "b").code == EXIT_USAGE
