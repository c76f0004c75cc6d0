import re
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

from harness.records import Outcome, TrialKey
from harness.report import write_report

# What the schema that Jenkins checks against allows: attributes and children by element.
ALLOWED: dict[str, tuple[set[str], set[str]]] = {
    "testsuites": ({"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors", "time", "skipped", "timestamp"},
        {"properties", "testcase"},
    ),
    "properties": (set(), {"property"}),
    "property": ({"name", "value"}, set()),
    "testcase": ({"name", "classname", "time"}, {"skipped", "error", "failure", "system-out"}),
    "failure": ({"type", "message"}, set()),
    "error": ({"type", "message"}, set()),
    "skipped": ({"type", "message"}, set()),
    "system-out": (set(), set()),
}
TIME = re.compile(r"(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]*)?")


def check(element: ElementTree.Element) -> None:
    attributes, children = ALLOWED[element.tag]
    assert set(element.attrib) <= attributes
    assert {child.tag for child in element} <= children
    if "time" in element.attrib:
        assert TIME.fullmatch(element.attrib["time"])
    for child in element:
        check(child)


def junit(folder: Path) -> ElementTree.Element:
    path = write_report(folder, baselines=Path("baselines"), formats=("junit",))["junit"]
    root = ElementTree.fromstring(path.read_bytes())
    check(root)
    return root


def test_one_case_a_trial_and_counts_that_agree(folder: Path) -> None:
    root = junit(folder)
    cases = root.findall(".//testcase")
    assert len(cases) == 22
    for head in (root, root.find("testsuite")):
        assert head is not None
        assert head.attrib["tests"] == "22"
        assert int(head.attrib["failures"]) == len(root.findall(".//failure")) == 8
        assert int(head.attrib["errors"]) == len(root.findall(".//error")) == 2
    assert len(root.findall(".//skipped")) == 1
    assert len({(case.attrib["classname"], case.attrib["name"]) for case in cases}) == 22


def test_a_failure_says_verdict_numbers_limits_and_paths(folder: Path, snapshot: Any) -> None:
    cases = {case.attrib["name"]: case for case in junit(folder).iter("testcase")}
    case = cases["two-circles style=flat-s0"]
    assert re.sub("[0-9a-f]{64}", "d" * 64, ElementTree.tostring(case, encoding="unicode")) == snapshot
    failure = case.find("failure")
    assert failure is not None
    assert failure.attrib["type"] == "drift subject.changed"
    paths = re.findall(r"^(candidate|baseline|heat map): (.+)$", failure.text or "", re.M)
    assert [name for name, _ in paths] == ["candidate", "baseline", "heat map"]
    assert all(Path(path).is_file() for _, path in paths)


def test_attachments_name_files_that_exist(folder: Path) -> None:
    text = ElementTree.tostring(junit(folder), encoding="unicode")
    attached = re.findall(r"\[\[ATTACHMENT\|(.+?)\]\]", text)
    assert attached
    assert all(Path(path).is_file() for path in attached)


def test_any_text_makes_valid_xml(sample: ModuleType, tmp_path: Path) -> None:
    run = sample.RunFolder(tmp_path)
    for seed, text in enumerate(sample.HOSTILE):
        result = sample.trial(run, "sailboat", "failed", seed=seed, prompt=text)
        outcome = Outcome("failed", "missing", sample.said(text, text))
        run.results[-1] = replace(result, outcome=outcome, key=TrialKey(text, text, text, seed))
    root = junit(run.write())
    assert len(root.findall(".//error")) == len(sample.HOSTILE)
    messages = [error.attrib["message"] for error in root.iter("error")]
    assert messages[0] == "failed: </script><script>window.hacked = 1</script>"
    assert "\x1b" not in "".join(messages)


def costs(sample: ModuleType, folder: Path, *given: tuple[float | None, str]) -> tuple[dict[str, str], list[str]]:
    """The properties of cost, and what each case says of it, of a run of trials with these costs and sources."""
    run = sample.RunFolder(folder)
    for seed, (cost, source) in enumerate(given):
        sample.trial(run, "sailboat", "identical" if seed else "new", seed=seed)
        run.results[-1] = replace(run.results[-1], cost=cost, source=source)
    root = junit(run.write())
    values = {p.attrib["name"]: p.attrib["value"] for p in root.iter("property") if p.attrib["name"].startswith("cost")}
    text = ["".join(case.itertext()) for case in root.iter("testcase")]
    return values, [found[1] if (found := re.search(r"^cost: (.+)$", one, re.M)) else "" for one in text]


def test_cost_is_reported_of_each_trial_and_in_all(sample: ModuleType, tmp_path: Path) -> None:
    reported = costs(sample, tmp_path / "known", (0.0123, "generated"), (0.00002, "generated"), (0.0, "replay"))
    assert reported == ({"cost": "0.01232"}, ["$0.0123", "< $0.0001", ""])


def test_a_part_sum_is_never_reported_as_the_cost(sample: ModuleType, tmp_path: Path) -> None:
    reported = costs(sample, tmp_path / "part", (0.5, "generated"), (None, "generated"), (None, "none"))
    assert reported == ({"cost.known": "0.5", "cost.unpriced": "1"}, ["$0.50", "unknown", ""])
    assert costs(sample, tmp_path / "none", (None, "generated")) == ({"cost.unpriced": "1"}, ["unknown"])
