"""``harness audit``: whole output, exit codes."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

Harness = Callable[..., Any]
Project = Callable[..., Path]


def steady(text: str) -> str:
    """Without what is said of times, which are other ones in every run."""
    text = re.sub(r"; (about )?[\d.]+× (faster|slower)( \([^)]*\))?|; no difference in time shown", "", text)
    return re.sub(r" {2,}", "  ", text.replace("< <time>", "<time>"))


def test_audit(harness: Harness, project: Project, snapshot: SnapshotAssertion) -> None:
    project(seeds="[0]")
    assert harness("audit", "--help") == snapshot(name="help")
    assert harness("audit", "suites", "--b", "quality=draft", "--dry-run") == snapshot(name="dry run")
    done = harness("audit", "suites", "--a", "quality=standard", "--b", "quality=draft")
    assert done.code == 1
    assert steady(done.out) == snapshot(name="changed")
    (folder,) = Path("reports").glob("*-audit-suites-*")
    assert {path.name for path in folder.iterdir()} >= {"a", "b", "audit.json", "index.html", "data.js", "summary.md"}


def test_nothing_changed(harness: Harness, project: Project) -> None:
    project(seeds="[0]")
    done = harness("audit", "suites", "--a", "quality=draft", "--b", "quality=draft")
    assert done.code == 0
    assert "B changes none of 2 prompts (95 % interval 0–66 %; A against itself: 0 of 2)" in done.out


def test_settings_of_both_arms(harness: Harness, project: Project) -> None:
    project(seeds="[0]")
    done = harness("audit", "suites", "--set", "size=32x32", "--a", "quality=standard", "--b", "quality=draft")
    assert done.code == 1
    assert re.search(r"^A +quality=standard +bit-equal", done.out, re.MULTILINE)
    (folder,) = Path("reports").glob("*-audit-suites-*")
    reported = json.loads((folder / "audit.json").read_text())
    assert reported["a"]["settings"] == {"size": "32x32", "quality": "standard"}
    twice = harness("audit", "suites", "--set", "size=32x32", "--a", "size=64x64", "--b", "quality=draft")
    assert (twice.code, "size is set twice: 32x32 and 64x64" in twice.err) == (2, True)


def test_only_missing(harness: Harness, project: Project) -> None:
    project(cases="  - {id: bad, prompt: crash}\n", seeds="[0]")
    done = harness("audit", "suites", "--b", "quality=draft")
    assert done.code == 3
    assert "Nothing could be compared" in done.out


def test_noise_alone_is_no_change(harness: Harness, project: Project) -> None:
    project(cases="  - {id: one, prompt: unsteady}\n", seeds="[3]")
    done = harness("audit", "suites", "--b", "quality=standard")
    assert done.code == 0
    assert "differ (1 pair)" in done.out


def test_json(harness: Harness, project: Project) -> None:
    project(seeds="[0]")
    done = harness("audit", "suites", "--b", "quality=draft", "--json")
    reported = json.loads(done.out)
    assert (done.code, reported["audit"]["changed"]["count"]) == (1, 2)
    assert reported["reports"]["html"].endswith("/index.html")
    assert json.loads(harness("audit", "suites", "--b", "quality=draft", "--dry-run", "--json").out)["images"] == 8


def test_settings_with_commas(harness: Harness, project: Project) -> None:
    project(seeds="[0]")
    done = harness("audit", "suites", "--b", "quality=draft,prompt=one, two, three", "--case", "plain", "--json")
    audit = json.loads(done.out)["audit"]
    assert audit["b"]["settings"] == {"quality": "draft", "prompt": "one, two, three"}
    assert any(note["code"] == "audit.other-prompts" for note in audit["notes"])


def test_two_stored_runs(harness: Harness, project: Project) -> None:
    project(seeds="[0]")
    for quality in ("standard", "draft"):
        harness("run", "suites", "--set", f"quality={quality}", "--repeats", "2")
    runs = sorted(path.name for path in Path("reports").iterdir())
    done = harness("audit", *runs)
    assert done.code == 1
    assert "A  quality=standard" in done.out
    assert "bit-equal (2 pairs)" in done.out


def test_the_report_of_an_audit_is_made_again(harness: Harness, project: Project) -> None:
    project(seeds="[0]")
    harness("audit", "suites", "--b", "quality=draft")
    (folder,) = Path("reports").glob("*-audit-*")
    for name in ("index.html", "data.js", "summary.md"):
        (folder / name).unlink()
    done = harness("report", folder.name)
    assert done.code == 1
    assert (folder / "index.html").is_file()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("suites",), "an audit needs two arms"),
        (("suites", "--b", "quality"), "is not KEY=VALUE"),
        (("suites", "--b", "quality=draft", "--b", "quality=hd"), "quality is set twice"),
        (("suites", "--b", "seeds=[1]"), "--b seeds=[1]: `seeds` is part of the key"),
        (("suites", "--b", "quality=draft", "--resume"), "no unfinished audit"),
        (("one", "two"), "there is no run 'one'"),
    ],
)
def test_wrong_calls(harness: Harness, project: Project, arguments: tuple[str, ...], said: str) -> None:
    project(seeds="[0]")
    done = harness("audit", *arguments)
    assert done.code == 2
    assert said in done.err


NOISY_ARMS = """\
import numpy as np


def generate(prompt, seed, width, height, repeat, noise="4", cast="0", cached="0", refuse="0"):
    if float(refuse):
        from harness.errors import GenerationRefusedError
        raise GenerationRefusedError("noisy", "content policy")
    pixels = np.full((height, width, 3), 200.0)
    pixels[8:40, 8:40] = np.random.default_rng(list(prompt.encode())).integers(40, 180, 3)
    repeat = min(repeat, int(cached)) if int(cached) else repeat
    random = np.random.default_rng([repeat, *prompt.encode(), *str(noise).encode(), *str(cast).encode()])
    coarse = random.normal(0, float(noise) * np.exp(random.normal(0, 0.2)), (height // 8, width // 8, 3))
    pixels[..., 0] += float(cast)
    return np.clip(pixels + coarse.repeat(8, 0).repeat(8, 1), 0, 255).astype(np.uint8)
"""
NOISY_SUITE = """\
suite: noisy
provider: noisy
providers:
  noisy: {{kind: python, function: "../arms.py:generate", price: {price}}}
defaults: {{size: 48x48, seeds: [0]}}
cases:
{cases}
"""
BOTH = ("--set", "settings.noise=4", "--a", "settings.cast=0")


@pytest.fixture
def noisy(project: Project) -> Callable[..., Path]:
    def make(prompts: int = 6, price: float = 0) -> Path:
        root = project()
        (root / "suites/small.yaml").unlink()
        (root / "arms.py").write_text(NOISY_ARMS)
        cases = "\n".join(f"  - {{id: c{i}, prompt: number {i}, tags: [t{i % 2}]}}" for i in range(prompts))
        (root / "suites/noisy.yaml").write_text(NOISY_SUITE.format(cases=cases, price=price))
        return root

    return make


def audited(harness: Harness, *arguments: str) -> tuple[int, dict[str, Any]]:
    done = harness("audit", "suites/noisy.yaml", *arguments, "--json")
    return done.code, json.loads(done.out)


@pytest.mark.filterwarnings("error")
def test_until_decided_doubles_the_repeats_and_ends_with_an_answer(
    noisy: Callable[..., Path], harness: Harness
) -> None:
    noisy()
    code, data = audited(harness, *BOTH, "--b", "settings.cast=0.5", "--until", "decided")
    audit = data["audit"]
    looks = audit["looks"]
    assert (code, audit["go"]) == (0, "go")
    assert data["line"].startswith("GO: B is within the noise of A with 95 % confidence (6 prompts")
    assert [look["repeats"] for look in looks] == [2, 4, 8, 16][: len(looks)]
    assert [look["go"] for look in looks] == ["undecided"] * (len(looks) - 1) + ["go"]
    assert audit["looks_planned"] == 4
    assert audit["equivalence"]["alpha"] == 0.05 / 4
    assert audit["a"]["images"] == 6 * looks[-1]["repeats"]
    assert audit["equivalence"]["p"] <= audit["equivalence"]["alpha"]
    (summary,) = Path("reports").glob("*/summary.md")
    assert data["line"].split(":")[0] in summary.read_text().splitlines()[2]


@pytest.mark.filterwarnings("error")
def test_a_change_is_named_by_kind(noisy: Callable[..., Path], harness: Harness) -> None:
    noisy()
    code, data = audited(harness, *BOTH, "--b", "settings.cast=40", "--until", "decided")
    assert (code, data["audit"]["go"]) == (1, "no-go")
    assert data["line"].startswith("NO-GO: B ")
    assert "color" in {kind for prompt in data["audit"]["prompts"] for kind in prompt["changes"]}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("prompts", "arguments", "code", "problem"),
    [
        (6, ("--repeats", "1"), 1, "equivalence.no-control"),
        (2, ("--repeats", "2"), 0, "equivalence.few"),
        (6, ("--set", "settings.refuse=1"), 3, "equivalence.no-control"),
        (6, ("--set", "settings.cached=2", "--repeats", "6"), None, "equivalence.modes"),
    ],
)
def test_bad_input_has_a_stated_answer(
    noisy: Callable[..., Path],
    harness: Harness,
    prompts: int,
    arguments: tuple[str, ...],
    code: int | None,
    problem: str,
) -> None:
    noisy(prompts)
    ended, data = audited(harness, *BOTH, "--b", "settings.cast=0.5", *arguments)
    audit = data["audit"]
    assert code in (None, ended)
    assert audit["equivalence"]["problem"]["code"] == problem
    assert audit["go"] in ("undecided", "no-go")
    assert audit.get("together") is None or audit["together"] > 0


def test_a_budget_of_nothing_leaves_it_undecided(noisy: Callable[..., Path], harness: Harness) -> None:
    noisy(price=0.02)
    code, data = audited(harness, *BOTH, "--b", "settings.cast=9", "--budget", "0", "--until", "decided")
    assert (code, data["audit"]["go"], data["audit"]["stopped"]) == (3, "undecided", "budget")
    assert data["line"] == "UNDECIDED: nothing could be compared (the budget was reached)."


def test_a_budget_ends_the_looks_and_resuming_goes_on(noisy: Callable[..., Path], harness: Harness) -> None:
    noisy(price=0.01)
    arguments = (*BOTH, "--b", "settings.cast=0.5", "--until", "decided")
    code, data = audited(harness, *arguments, "--budget", "0.30")
    assert (code, data["audit"].get("stopped")) == (3, "budget")
    assert data["audit"]["a"]["images"] + data["audit"]["b"]["images"] == 30
    _, after = audited(harness, *arguments, "--budget", "10", "--resume")
    assert (after["folder"], after["audit"].get("stopped")) == (data["folder"], None)
    assert after["audit"]["go"] == "go"
    once = audited(harness, *arguments, "--budget", "10")[1]["audit"]
    assert [look.get("equivalence") for look in after["audit"]["looks"]] == [
        one.get("equivalence") for one in once["looks"]
    ]
