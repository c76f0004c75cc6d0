"""Audits from end to end: real providers, real files; the words that a person reads at the end."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.generation import UnknownPriceError
from harness.ledger import possibly_billed, read_audit, read_run
from harness.records import Reason
from harness.records.audit import Audit
from harness.report import write_audit_report
from harness.runner import RunOptions, execute, plan_of
from harness.study import (
    AuditOptions,
    AuditSpec,
    audit_runs,
    audit_suite,
    estimates_of_arms,
    plan_audit,
    unfinished_audit,
)
from harness.vocabulary import Code

GENERATION = """
import hashlib, time
from pathlib import Path

import numpy as np

from harness.errors import GenerationError, GenerationRefusedError

HERE = Path(__file__).parent


def generate(prompt, width, height, repeat, seed=None, model="one", noise=0.0, shade=0, refuses="", scale=1):
    with (HERE / "generated.txt").open("a") as log:
        log.write(f"{model} {prompt} {seed} {repeat} {shade}\\n")
    if "slow" in prompt:
        time.sleep(0.15)
    if "impossible" in prompt or (refuses and refuses in prompt):
        raise GenerationRefusedError("mine", "against the content policy")
    if "crash" in prompt:
        raise GenerationError("mine", "the service is down")
    digest = hashlib.sha256(f"{prompt} {seed}".encode()).digest()
    random = np.random.default_rng(list(digest))
    small = random.integers(40, 200, (6, 8, 3))
    image = np.kron(small, np.ones((height * scale // 6, width * scale // 8, 1)))
    if model == "two":
        image = image[:, ::-1]
    image = image + shade
    if noise:
        # other noise in every call, the same in every run of the tests
        fresh = np.random.default_rng(len((HERE / "generated.txt").read_text().splitlines()))
        image = image + fresh.normal(0, noise, image.shape)
    return np.clip(image, 0, 255).astype(np.uint8)


def answer(ask, model="one"):
    return {"one": "Four.", "two": "four", "three": "five"}[model]
"""

SUITE = """\
suite: small
provider: mine
providers:
  mine: {{kind: python, function: "generation.py:generate", price: {price}}}
  other: {{kind: python, function: "generation.py:answer", price: 0}}
defaults: {{size: 64x48, seeds: {seeds}, drift: {drift}}}
cases:
{cases}
"""
TWO = """\
  - {id: calm, prompt: a calm lake, tags: [water]}
  - {id: hill, prompt: a green hill, tags: [land, green]}
"""
MANY = "".join(f"  - {{id: case-{i}, prompt: image number {i}}}\n" for i in range(8))

Make = Callable[..., Path]


@pytest.fixture
def suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """``suite(cases, seeds=…, price=…, drift=…)`` writes a suite and its generation function; works in its folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CI", raising=False)

    def make(cases: str = TWO, seeds: str = "[0]", price: str = "0", drift: str = '{ssim: ">= 0.5"}') -> Path:
        Path("generation.py").write_text(GENERATION)
        Path("small.yaml").write_text(SUITE.format(cases=cases, seeds=seeds, price=price, drift=drift))
        return Path("small.yaml")

    return make


def audited(path: Path, a: dict[str, str], b: dict[str, str], **more: object) -> Audit:
    options = {name: more.pop(name) for name in ("budget", "resume") if name in more}
    return audit_suite(AuditSpec((path,), a, b, **more), AuditOptions(**options))[0]  # type: ignore[arg-type]


def generated() -> list[str]:
    return Path("generated.txt").read_text().splitlines()


def test_arms_are_generated_in_turn(suite: Make) -> None:
    audited(suite(), {"model": "one"}, {"model": "two"})
    assert [line.split()[0] for line in generated()] == ["one", "two"] * 4
    assert [line.split()[-2] for line in generated()] == ["0", "0", "1", "1"] * 2


def test_other_images_of_exact_arms_are_changes(suite: Make) -> None:
    audit = audited(suite(), {}, {"model": "two"})
    assert audit.method == "exact"
    assert (audit.changed.count, audit.changed.n, audit.visible.count) == (2, 2, 2)
    assert audit.differs
    assert (audit.a.exact, audit.b.exact, audit.a.controls) == (True, True, 2)
    control, _, across = audit.relations
    assert (control.differ.count, across.differ.count) == (0, 2)
    assert {prompt.outcome for prompt in audit.prompts} == {"changed"}
    assert all(prompt.p is None for prompt in audit.prompts), "nothing is left to chance"
    for prompt in audit.prompts:
        assert len(prompt.pairs) == 1, "equal generations are one pair"
        assert prompt.pairs[0].heat_map is not None


def test_an_invisible_change_is_distinguished_from_a_visible_one(suite: Make) -> None:
    audit = audited(suite(), {}, {"settings.shade": "1"})
    assert (audit.changed.count, audit.visible.count) == (2, 0)
    assert {prompt.kind for prompt in audit.prompts} == {"benign"}


def test_an_arm_against_itself_changes_nothing(suite: Make) -> None:
    audit = audited(suite(), {"model": "two"}, {"model": "two"})
    assert (audit.changed.count, audit.changed.n, audit.differs) == (0, 2, False)
    assert Reason(Code.AUDIT_ITSELF) in audit.notes


def test_noise_is_no_change(suite: Make) -> None:
    audit = audited(suite(MANY), {"settings.noise": "12"}, {"settings.noise": "12"})
    assert audit.method == "noise"
    assert (audit.a.exact, audit.b.exact) == (False, False)
    assert not audit.differs
    assert audit.changed.count == 0
    assert audit.together is not None
    rates = [row.differ.count for row in audit.relations]
    assert rates == [8, 8, 8]
    scores = [row.metrics["score"] for row in audit.relations]
    assert max(scores) < 1.5 * min(scores), "A/A, B/B and A/B lie equally far apart"


def test_a_change_beyond_the_noise_is_found(suite: Make) -> None:
    audit = audited(suite(MANY), {"settings.noise": "3"}, {"settings.noise": "3", "model": "two"})
    assert audit.differs
    assert audit.changed.count == 8
    assert audit.together is not None
    assert audit.together < 0.2, "a mirrored image has nearly the same colors"
    assert all(prompt.adjusted is not None and 0 < prompt.adjusted < 0.017 for prompt in audit.prompts)


def test_one_noisy_prompt_is_not_called_changed_for_its_noise(suite: Make) -> None:
    audit = audited(suite("  - {id: calm, prompt: a calm lake}\n"), {"settings.noise": "12"}, {"settings.noise": "12"})
    assert audit.changed.n + audit.inconclusive == 1
    assert not audit.differs


def test_one_noisy_arm_is_compared_with_its_own_noise(suite: Make) -> None:
    audit = audited(suite(MANY), {}, {"settings.noise": "6"})
    assert (audit.a.exact, audit.b.exact, audit.method) == (True, False, "noise")
    assert audit.changed.count == 0


def test_unseeded_prompts_are_sets(suite: Make) -> None:
    cases = "".join(f"  - {{id: case-{i}, prompt: image {i}, drift: set, samples: 6}}\n" for i in range(3))
    path = suite(cases)
    same = audited(path, {"settings.noise": "6"}, {"settings.noise": "6"})
    assert (same.a.images, same.changed.count, same.differs) == (18, 0, False)
    other = audited(path, {"settings.noise": "6"}, {"settings.noise": "6", "settings.shade": "40"})
    assert other.differs
    assert other.together is not None
    assert other.together < 0.01
    assert all(prompt.p is not None and prompt.p < 0.05 for prompt in other.prompts)
    assert len(other.prompts[0].pairs) == 6


@pytest.mark.parametrize(("prompts", "samples"), [(3, 5), (18, 8)])
def test_sets_find_a_plain_change_however_many_prompts_there_are(suite: Make, prompts: int, samples: int) -> None:
    # sets too small for a permutation test beside the other prompts; more prompts than a thousand permutations serve
    cases = "".join(
        f"  - {{id: case-{i}, prompt: image {i}, drift: set, samples: {samples}}}\n" for i in range(prompts)
    )
    audit = audited(suite(cases), {"settings.noise": "6"}, {"settings.noise": "6", "settings.shade": "40"})
    assert (audit.changed.count, audit.changed.n) == (prompts, prompts)


def test_a_refusal_of_one_arm_alone_is_a_change_of_outcome(suite: Make) -> None:
    audit = audited(suite(), {}, {"settings.refuses": "lake"})
    assert (audit.b.refused, audit.b.images) == (2, 2)
    first = audit.prompts[0]
    assert (first.case, first.outcome, first.kind) == ("calm", "changed", "refused")
    assert first.reasons[0] == Reason(Code.AUDIT_REFUSED, {"arm": "B", "other": "A", "count": 2})
    assert first.reasons[1].code == Code.GENERATION_REFUSED
    assert (audit.changed.count, audit.changed.n) == (1, 2)


def test_what_both_refuse_is_compared_with_nothing(suite: Make) -> None:
    audit = audited(suite("  - {id: no, prompt: impossible}\n"), {}, {"model": "two"})
    assert (audit.missing, audit.changed.n, audit.differs) == (1, 0, False)
    assert [why.code for why in audit.prompts[0].reasons] == [Code.AUDIT_WITHOUT, Code.GENERATION_REFUSED] * 2
    assert audit.speed is None


def test_what_fails_is_not_counted_as_same(suite: Make) -> None:
    audit = audited(suite(TWO + "  - {id: down, prompt: crash}\n"), {}, {})
    assert (audit.missing, audit.changed.n, audit.a.failed) == (1, 2, 2)


def test_another_size_is_a_change_without_a_score(suite: Make) -> None:
    audit = audited(suite(), {}, {"settings.scale": "2"})
    assert audit.changed.count == 2
    assert {prompt.kind for prompt in audit.prompts} == {"unmeasured"}
    assert [why.code for why in audit.prompts[0].reasons] == [Code.AUDIT_UNMEASURED]
    assert audit.prompts[0].score is None
    assert audit.prompts[0].pairs[0].heat_map is None


def test_another_size_is_a_change_beside_noise_too(suite: Make) -> None:
    audit = audited(suite(), {"settings.noise": "5"}, {"settings.noise": "5", "settings.scale": "2"})
    assert audit.changed.count == 2
    assert audit.prompts[0].reasons == (Reason(Code.AUDIT_SIZES, {"before": "64×48", "after": "128×96"}),)


def test_answers_are_compared_as_texts(suite: Make) -> None:
    path = suite("  - {id: windows, provider: other, ask: how many windows, answer: four, input_image: house.png}\n")
    from PIL import Image

    Image.new("RGB", (32, 32)).save("house.png")
    same = audited(path, {"model": "one"}, {"model": "two"})
    assert (same.changed.count, same.prompts[0].outcome) == (0, "same")
    other = audited(path, {"model": "one"}, {"model": "three"})
    assert (other.changed.count, other.prompts[0].reasons) == (1, (Reason(Code.AUDIT_ANSWERS),))


def test_once_generated_has_no_control(suite: Make) -> None:
    audit = audited(suite(), {}, {"model": "two"}, repeats=1)
    assert (audit.method, audit.a.exact) == ("none", None)
    assert audit.differs


def test_stored_runs_with_repeats_have_a_control(suite: Make) -> None:
    path = suite()
    folders = []
    for settings in ({}, {"model": "two"}):
        options = RunOptions((path,), overrides=settings, repeats=2)
        folders.append(execute(plan_of(options), options)[1])
    audit, folder = audit_runs(*folders, Path("reports"))
    assert audit.method == "exact"
    assert audit.changed.count == 2
    assert (audit.a.label, audit.b.label) == ("no model", "model=two")
    for prompt in audit.prompts:
        for pair in prompt.pairs:
            assert pair.a is not None
            assert (folder / pair.a.file).is_file(), "the audit's folder holds what its page shows"


def test_stored_runs_of_single_images_say_that_there_is_no_control(suite: Make) -> None:
    options = RunOptions((suite(),))
    folder = execute(plan_of(options), options)[1]
    same, _ = audit_runs(folder, folder, Path("reports"))
    assert (same.method, same.changed.count, same.differs) == ("none", 0, False)
    assert Reason(Code.AUDIT_SAME_RUN) in same.notes


def test_images_from_a_cache_are_no_control(suite: Make) -> None:
    options = RunOptions((suite(),), repeats=2)
    folder = execute(plan_of(options), options)[1]
    lines = folder / "trials.jsonl"
    lines.write_text(lines.read_text().replace('"source":"generated"', '"source":"cache"'))
    audit, _ = audit_runs(folder, folder, Path("reports"))
    assert (audit.method, audit.a.exact, audit.a.not_generated) == ("none", None, 4)
    assert audit.speed is None
    assert Reason(Code.AUDIT_CACHED, {"arm": "A", "count": 4}) in audit.notes


def test_who_has_no_seed_is_given_none(suite: Make) -> None:
    path = suite()
    path.write_text(path.read_text().replace("seeds: [0], ", "").replace("price: 0", "price: 0, promise: none"))
    audited(path, {}, {"model": "two"}, cases=("calm",))
    assert [line.split()[-3] for line in generated()] == ["None"] * 4


def test_stored_runs_without_a_common_trial_are_refused(suite: Make) -> None:
    path = suite()
    folders = []
    for case in ("calm", "hill"):
        options = RunOptions((path,), cases=(case,))
        folders.append(execute(plan_of(options), options)[1])
    with pytest.raises(UsageError, match="no trial in common"):
        audit_runs(*folders, Path("reports"))


def test_a_budget_stops_both_arms_and_resuming_generates_only_the_rest(suite: Make) -> None:
    path = suite(price="0.01")
    spec = AuditSpec((path,), {}, {"model": "two"})
    first, folder = audit_suite(spec, AuditOptions(budget=0.05))
    assert (first.stopped, first.complete, first.a.images + first.b.images) == ("budget", False, 5)
    assert not possibly_billed(folder / "a")
    # a newer one that cannot be read is left out
    broken = Path("reports/29991231-000000-audit-broken")
    broken.mkdir()
    (broken / "audit.json").write_text("{")
    assert unfinished_audit(Path("reports"), "latest", spec) == folder
    second, same = audit_suite(spec, AuditOptions(budget=1.0, resume=folder))
    assert same == folder
    assert second.complete
    assert (second.a.images, second.b.images, len(generated())) == (4, 4, 8)
    assert second.a.cost == pytest.approx(0.01)
    assert second.b.spent == pytest.approx(0.04)
    assert unfinished_audit(Path("reports"), "latest", spec) == folder, "it has no page yet"
    write_audit_report(folder)
    with pytest.raises(UsageError, match="no unfinished audit"):
        unfinished_audit(Path("reports"), "latest", spec)
    with pytest.raises(UsageError, match="other arms"):
        audit_suite(replace(spec, repeats=3), AuditOptions(resume=folder))


def test_a_budget_needs_a_price(suite: Make) -> None:
    path = suite()
    path.write_text(path.read_text().replace(", price: 0}", "}", 1))
    with pytest.raises(UnknownPriceError):
        audited(path, {}, {"model": "two"}, budget=1.0)
    assert not Path("generated.txt").exists()


def test_a_killed_audit_goes_on_where_it_was(suite: Make) -> None:
    path = suite("  - {id: slow, prompt: slow lake}\n  - {id: slower, prompt: slow hill}\n")
    command = [sys.executable, "-m", "harness", "audit", str(path), "--b", "model=two", "--repeats", "3"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    lines = 0
    for _ in range(400):
        lines = sum(len(file.read_text().splitlines()) for file in Path("reports").glob("*/[ab]/trials.jsonl"))
        if lines >= 3 or process.poll() is not None:
            break
        time.sleep(0.025)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert 3 <= lines < 12
    folder = next(Path("reports").iterdir())
    assert not read_audit(folder).complete
    before = len(generated())
    audit, _ = audit_suite(AuditSpec((path,), {}, {"model": "two"}, repeats=3), AuditOptions(resume=folder))
    assert (audit.complete, audit.a.images, audit.b.images) == (True, 6, 6)
    assert len(generated()) - before <= 12 - lines + 1
    assert read_run(folder / "a").complete


def test_arms_are_planned_and_priced_without_generation(suite: Make) -> None:
    path = suite(price="0.02", seeds="[0, 1]")
    arms = plan_audit(AuditSpec((path,), {}, {"model": "two"}, cases=("calm",)))
    rows = [(arm, row.trials, row.cost) for arm, row in estimates_of_arms(arms)]
    assert rows == [("A", 4, 0.08), ("B", 4, 0.08)]
    assert not Path("generated.txt").exists()


def test_a_setting_that_cannot_be_is_reported_by_its_own_flag(suite: Make) -> None:
    with pytest.raises(UsageError, match="--b qualty=draft"):
        plan_audit(AuditSpec((suite(),), {}, {"qualty": "draft"}))


def test_a_provider_that_promises_nothing_may_be_audited_under_an_exact_rule(suite: Make) -> None:
    audit = audited(suite(drift="exact"), {}, {})
    assert audit.changed.n == 2


def test_the_file_holds_the_whole_audit(suite: Make) -> None:
    audit, folder = audit_suite(AuditSpec((suite(),), {}, {"model": "two"}), AuditOptions())
    assert read_audit(folder) == audit
    (folder / "audit.json").write_text("{")
    with pytest.raises(UsageError, match="cannot be read"):
        read_audit(folder)


SHIPPED = """\
suite: scenes
provider: painter
defaults: {size: 256x256, quality: draft}
cases:
  - id: two-circles
    prompt: two red circles to the left of a blue square
    checks: [{count: red circle, equals: 2}]
"""


@pytest.mark.parametrize(
    ("a", "b"),
    [({}, {"quality": "standard"}), ({"model": "painter@1"}, {"model": "painter@2"})],
    ids=["tiers", "checkpoints"],
)
def test_the_painter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, a: dict[str, str], b: dict[str, str]) -> None:
    monkeypatch.chdir(tmp_path)
    Path("scenes.yaml").write_text(SHIPPED)
    audit = audited(Path("scenes.yaml"), a, b)
    assert (audit.method, audit.changed.count, audit.changed.n) == ("exact", 1, 1)
    assert (audit.checks[0].kept, audit.checks[0].lost) == (1, 0)
    assert audit.checks[0].won == 0
    assert len(list(Path("reports").glob("*/heat_maps/*.png"))) == 1
