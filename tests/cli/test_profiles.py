"""Machines and their profiles by the commands: a server on loopback whose environment changes what it generates."""

import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from harness.baseline import Baselines
from harness.ledger import find_run, iter_results, read_run
from harness.provider import capabilities_of
from harness.records import Reason, TrialKey, TrialResult
from harness.suite import SuiteText, load
from harness.vocabulary import CHANGES, Code
from tests.cli.conftest import Harness
from tests.provider.servers.base import Act, Loopback, Received, reply
from tests.provider.servers.images import b64

SUITE = """
suite: lab
provider: sd
providers:
  sd:
    kind: openai-compatible
    base_url: "{url}/v1"
    promise: exact-per-environment
    {source}
defaults: {{size: 32x32, seeds: "0..1"{more}}}
cases:
  - {{id: fox, prompt: a red fox}}
"""
HEADER = "environment_from: {header: {gpu: x-gpu}}"
ACCEPT = ("accept", "latest", "--reason", "test", "--unproven")


class Lab(Loopback):
    """Generates one color: by the seed, by ``tint``, which stands for the GPU."""

    tint = 0

    def __init__(self) -> None:
        super().__init__(self.handle)

    def handle(self, received: Received) -> Act:
        seed = received.json().get("seed", 0)
        image = Image.linear_gradient("L").resize((32, 32)).convert("RGB")
        image.paste((40 + 3 * seed, self.tint, 90), (4, 4, 20, 20))
        out = io.BytesIO()
        image.save(out, "PNG")
        return reply({"created": 1, "data": [{"b64_json": b64(out.getvalue())}]})

    def becomes(self, gpu: str, tint: int) -> None:
        self.every, self.tint = ({"x-gpu": gpu} if gpu else {}), tint


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    monkeypatch.chdir(tmp_path)
    with Lab() as server:
        server.becomes("L40S", 10)
        yield server


@pytest.fixture
def suite(lab: Lab) -> Callable[..., None]:
    def suite(more: str = "profile: [gpu]", source: str = HEADER) -> None:
        Path("suites").mkdir(exist_ok=True)
        text = SUITE.format(url=lab.url, source=source, more=f", {more}" if more else "")
        Path("suites/lab.yaml").write_text(text)

    suite()
    return suite


def results() -> list[TrialResult]:
    return sorted(iter_results(find_run(Path("reports"), "latest")), key=lambda one: str(one.key))


def verdicts() -> set[str]:
    return {one.outcome.verdict for one in results()}


def reasons() -> list[Reason]:
    return list(results()[0].outcome.reasons)


def files(*, without: str = "") -> dict[str, bytes]:
    every = [path for path in Path("baselines").rglob("*.png") if not (without and without in path.name)]
    return {str(path): path.read_bytes() for path in every}


def entries(gpu: str) -> list[str]:
    """The entries of one profile, as the manifest holds them."""
    text = Path("baselines/lab/manifest.json").read_text("utf-8")
    profile = f'"profile": {{\n        "gpu": "{gpu}"\n      }}'
    return [entry.partition("\n    }")[0] for entry in text.split("\n    {\n") if profile in entry]


def test_each_machine_has_its_images_and_one_is_updated_alone(
    harness: Harness, lab: Lab, suite: Callable[..., None]
) -> None:
    harness("run")
    harness(*ACCEPT)
    lab.becomes("A100", 60)
    harness("run")
    assert [reason.code for reason in reasons()] == [Code.BASELINE_OTHER_PROFILE]
    harness(*ACCEPT)
    assert harness("run").code == 0
    lab.becomes("L40S", 10)
    assert harness("run").code == 0
    before, kept = files(without="A100"), entries("L40S")
    assert kept
    assert before
    lab.becomes("A100", 90)
    harness("run")
    assert verdicts() == {"drift"}
    harness(*ACCEPT)
    assert files(without="A100") == before
    assert entries("L40S") == kept
    assert harness("run").code == 0


def cause() -> Reason:
    """Return the first reason beside those that observe the pixels, and what generating again gave."""
    return next(one for one in reasons() if one.code not in CHANGES and not one.code.startswith("repeat."))


def test_a_drift_over_http_never_claims_to_know_the_environment(
    harness: Harness, lab: Lab, suite: Callable[..., None]
) -> None:
    suite("", "")
    harness("run")
    harness(*ACCEPT)
    lab.tint = 80
    harness("run")
    assert cause() == Reason(Code.ENVIRONMENT_UNKNOWN, {"known": []})
    harness("run", "--env", "gpu=L40S")
    assert cause().code == Code.ENVIRONMENT_ONE_SIDED
    assert [one["path"] for one in cause().data["differences"]] == ["gpu"]
    harness(*ACCEPT)
    lab.tint = 120
    harness("run", "--env", "gpu=L40S")
    assert cause().code == Code.SERVICE_CHANGED
    harness("run", "--env", "gpu=A100")
    assert cause().code == Code.ENVIRONMENT_CHANGED


def test_an_unknown_field_is_incomparable_and_cannot_be_accepted(
    harness: Harness, lab: Lab, suite: Callable[..., None]
) -> None:
    harness("run")
    harness(*ACCEPT)
    lab.becomes("", 10)
    done = harness("run")
    assert done.code == 1
    assert reasons() == [Reason(Code.PROFILE_UNKNOWN, {"fields": ["gpu"]})]
    assert verdicts() == {"incomparable"}
    assert "harness accept" not in done.out
    refused = harness(*ACCEPT)
    assert refused.code == 2
    assert "--env gpu=VALUE" in refused.err
    assert harness("run", "--env", "gpu=L40S").code == 0


def test_an_environment_that_changes_during_a_run_is_seen(
    harness: Harness, lab: Lab, suite: Callable[..., None]
) -> None:
    suite(source=HEADER + "\n    concurrency: 1")
    gpus = iter(["L40S", "A100"])
    generate = lab.handle

    def changing(received: Received) -> Act:
        lab.becomes(next(gpus, ""), 10)
        return generate(received)

    lab.answer = changing
    harness("run")
    assert {one.environment.get("gpu") for one in results()} == {"L40S", "A100"}
    notes = read_run(find_run(Path("reports"), "latest")).notes or ()
    assert any("L40S" in note and "A100" in note for note in notes)


def test_the_most_specific_profile_that_exists_is_taken(harness: Harness, lab: Lab, suite: Callable[..., None]) -> None:
    suite("", HEADER)
    harness("run")
    harness(*ACCEPT)
    suite("profile: [gpu], fallback: [gpu_family, any]")
    assert harness("run").code == 0
    fallback = [one for one in results()[0].outcome.warnings if one.code == Code.PROFILE_FALLBACK]
    assert [one.data for one in fallback] == [{"profile": {"gpu": "L40S"}, "used": {}}]
    lab.tint = 70
    harness("run")
    assert verdicts() == {"drift"}
    harness(*ACCEPT)
    assert harness("run").code == 0
    assert not [one for one in results()[0].outcome.warnings if one.code == Code.PROFILE_FALLBACK]
    accepted = Baselines("baselines").manifest("lab").accepted(TrialKey("lab", "fox", seed=0))
    assert sorted(str(dict(one.profile)) for one in accepted) == ["{'gpu': 'L40S'}", "{}"]


def test_what_is_rejected_on_one_machine_stays_on_the_other(
    harness: Harness, lab: Lab, suite: Callable[..., None]
) -> None:
    for gpu, tint in (("L40S", 10), ("L40S", 90), ("A100", 90)):
        lab.becomes(gpu, tint)
        harness("run")
        assert harness(*ACCEPT).code == 0
    others, kept = {name: data for name, data in files().items() if "A100" in name}, entries("A100")
    lab.becomes("L40S", 90)
    harness("run")
    assert harness("reject", "latest", "--baseline", "--case", "fox", "--reason", "test").code == 0
    assert {name: data for name, data in files().items() if "A100" in name} == others
    assert entries("A100") == kept
    lab.becomes("A100", 90)
    assert harness("run").code == 0
    lab.becomes("L40S", 10)
    assert harness("run").code == 0


def test_a_set_of_two_machines_belongs_to_no_profile(harness: Harness, lab: Lab, suite: Callable[..., None]) -> None:
    suite("profile: [gpu]", HEADER + "\n    concurrency: 1")
    text = Path("suites/lab.yaml").read_text().replace('seeds: "0..1"', "drift: set, samples: 2")
    Path("suites/lab.yaml").write_text(text)
    harness("run")
    assert harness(*ACCEPT).code == 0
    gpus = iter(["L40S", "A100"])
    generate = lab.handle

    def changing(received: Received) -> Act:
        lab.becomes(next(gpus), 10)
        return generate(received)

    lab.answer = changing
    harness("run")
    assert verdicts() == {"incomparable"}
    assert [one.code for one in reasons()] == [Code.PROFILE_MIXED]
    before = files()
    assert harness(*ACCEPT).code == 2
    assert files() == before


def test_the_examples_of_the_docs_are_suites() -> None:
    text = (Path(__file__).parents[2] / "docs" / "environments.md").read_text("utf-8")
    whole, defaults = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    part = f"suite: s\nprovider: painter\nenvironment: {{gpu: A100}}\n{defaults}cases: [{{id: a, prompt: a star}}]\n"
    for given in (whole, part):
        (loaded,) = load([SuiteText(Path("s.yaml"), given)], capabilities=capabilities_of).suites
        assert loaded.cases[0].variants[0].policy.profile


def test_one_profile_may_have_a_rule_of_its_own(harness: Harness, lab: Lab, suite: Callable[..., None]) -> None:
    suite('profile: [gpu], per_profile: [{when: {gpu: A100}, drift: {max_abs: "<= 40"}}]')
    for gpu in ("L40S", "A100"):
        lab.becomes(gpu, 10)
        harness("run")
        harness(*ACCEPT)
    lab.tint = 30
    harness("run")
    assert verdicts() == {"benign"}
    lab.becomes("L40S", 30)
    harness("run")
    assert verdicts() == {"drift"}


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("profile: [gppu]", "`gppu`"),
        ("fallback: [any]", "`fallback`"),
        ("profile: [gpu], fallback: [gppu]", "`gppu`"),
        ("profile: [gpu], per_profile: [{when: {cpu: x}, drift: exact}]", "`cpu`"),
        ("profile: [gpu], per_profile: [{when: {gpu: x}, drift: set}]", "set"),
        ("profile: [gpu], per_profile: [{when: {gpu: x}}]", "drift"),
        ("profile: [gpu], per_profile: [{when: {}, drift: exact}]", "when"),
    ],
)
def test_profiles_that_cannot_be_are_refused(
    harness: Harness, suite: Callable[..., None], more: str, message: str
) -> None:
    suite(more)
    done = harness("run")
    assert done.code == 2
    assert message in done.err


def test_variables_state_fields(
    harness: Harness, lab: Lab, suite: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    suite("profile: [gpu, zone]", "environment: {zone: us}")
    monkeypatch.setenv("HARNESS_ENV_GPU", "L40S")
    monkeypatch.setenv("HARNESS_ENV_EMPTY", "")
    settings = {one["name"]: one for one in json.loads(harness("config", "--json").out)["settings"]}
    assert settings["environment.gpu"]["value"] == "L40S"
    assert settings["environment.gpu"]["where"] == "HARNESS_ENV_GPU"
    harness("run")
    assert {(one.environment["gpu"], one.environment["zone"]) for one in results()} == {("L40S", "us")}
    harness("run", "--env", "zone=eu,gpu=A100")
    assert {(one.environment["gpu"], one.environment["zone"]) for one in results()} == {("A100", "eu")}
    for name in ("HARNESS_ENV_a-b", "HARNESS_ENV_", "HARNESS_ENV_SCENE"):
        with monkeypatch.context() as odd:
            odd.setenv(name, "x")
            assert harness("run").code == 2
    monkeypatch.setenv("HARNESS_ENV_gpu", "other")
    assert harness("run").code == 2
    assert harness("run", "--env", "gpu=").code == 2


def test_a_renamed_field_is_proposed_renamed_and_undone(harness: Harness, lab: Lab, suite: Callable[..., None]) -> None:
    harness("run")
    harness(*ACCEPT)
    manifest, images = Path("baselines/lab/manifest.json").read_bytes(), files()
    suite("profile: [gpu_name]", "environment_from: {header: {gpu_name: x-gpu}}")
    done = harness("run")
    assert "harness rename --profile lab/gpu lab/gpu_name" in done.out
    assert harness("rename", "--profile", "lab/gpu", "lab/gpu_name").code == 0
    assert harness("run").code == 0
    assert set(files().values()) == set(images.values())
    assert harness("rename", "--profile", "lab/gpu_name=L40S", "lab/gpu_name=L4").code == 0
    for wrong in (("lab/gpu", "lab/x"), ("lab/gpu_name", "lab/gpu=x"), ("lab/gpu_name", "other/gpu"), ("a", "b")):
        assert harness("rename", "--profile", *wrong).code == 2
    harness("undo")
    harness("undo")
    assert Path("baselines/lab/manifest.json").read_bytes() == manifest
    assert files() == images


def test_a_name_that_is_taken_is_not_taken_over(harness: Harness, lab: Lab, suite: Callable[..., None]) -> None:
    for gpu in ("L40S", "A100"):
        lab.becomes(gpu, 10)
        harness("run")
        harness(*ACCEPT)
    before = files()
    assert harness("rename", "--profile", "lab/gpu=A100", "lab/gpu=L40S").code == 2
    assert files() == before


def test_several_machines_on_one_page(harness: Harness, lab: Lab, suite: Callable[..., None]) -> None:
    runs = []
    for gpu, tint in (("L40S", 10), ("A100", 60), ("<b>H100", 10)):
        lab.becomes(gpu, tint)
        harness("run")
        runs.append(str(find_run(Path("reports"), "latest")))
        harness(*ACCEPT)
    done = harness("report", "--across", "profile", *runs)
    assert done.code == 0
    page = Path("reports/across.html").read_text("utf-8")
    assert page.count("<img ") == 6
    assert "<b>H100" not in page
    document = json.loads(harness("report", "--json", "--across", "profile", *runs).out)
    assert document["profiles"] == [{"gpu": "L40S"}, {"gpu": "A100"}, {"gpu": "<b>H100"}]
    assert [row["key"]["seed"] for row in document["rows"]] == [0, 1]
    first, second, third = document["rows"][0]["cells"]
    assert "distance" not in first
    assert measured(second)["pixels_equal"] == 0
    assert measured(second)["max_abs"] == 50
    assert measured(third)["pixels_equal"] == 1
    by_field = json.loads(harness("report", "--json", "--across", "gpu", *runs).out)
    assert by_field["profiles"] == document["profiles"]
    assert harness("report", *runs[:1], "--output", "x.html").code == 2
    assert harness("report", "--across", ",", *runs).code == 2


def test_an_image_that_is_gone_leaves_the_page(harness: Harness, lab: Lab, suite: Callable[..., None]) -> None:
    harness("run")
    one = find_run(Path("reports"), "latest")
    lab.becomes("A100", 99)
    harness("run")
    for image in (one / "images").glob("*.png"):
        image.unlink()
    done = harness("report", "--across", "profile", one, "latest")
    assert done.code == 0
    assert Path("reports/across.html").read_text("utf-8").count("<img ") == 2


def measured(cell: dict[str, Any]) -> dict[str, float]:
    return {name: one["value"] for name, one in cell["distance"]["measurements"].items() if "value" in one}
