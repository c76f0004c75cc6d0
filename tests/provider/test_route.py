"""Routes over real providers: programs that fail, refuse and hang, the painter, a server that is not there."""

import base64
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from harness.errors import GenerationError, GenerationRefusedError, GenerationTimeoutError, HarnessError
from harness.provider import Job, Provider, capabilities_of, create, price_of
from harness.suite import Plan, load
from tests.provider.servers.base import Loopback, reply, status

Make = Callable[..., Provider]

PROGRAM = """\
import struct, sys, time, zlib
from pathlib import Path

name, how, out = sys.argv[1:]
with Path("asked.txt").open("a") as asked:
    asked.write(name + "\\n")
if how == "fail":
    sys.exit("the disk is full")
if how == "refuse":
    print("not that", file=sys.stderr)
    sys.exit(77)
if how == "hang":
    time.sleep(60)
row = b"\\0" + bytes([7, 8, 9]) * 64
chunk = lambda kind, data: struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
head = chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 64, 8, 2, 0, 0, 0))
body = chunk(b"IDAT", zlib.compress(row * 64)) + chunk(b"IEND", b"")
Path(out).write_bytes(b"\\x89PNG\\r\\n\\x1a\\n" + head + body)
"""

SUITE = """\
suite: routed
provider: r
providers:
{providers}
  r: {{kind: route, over: [{over}]{pin}}}
cases:
  - {{id: fox, prompt: a red circle, drift: {{ssim: ">= 0.9"}}}}
"""


class Project:
    """Programs by name and behavior in a folder, and routes over them as a suite means them."""

    def __init__(self, folder: Path, opened: ExitStack) -> None:
        self.folder = folder
        self.opened = opened
        (folder / "generate.py").write_text(PROGRAM)

    @property
    def asked(self) -> list[str]:
        path = self.folder / "asked.txt"
        return path.read_text().split() if path.exists() else []

    def plan(self, over: str, *, pin: str | None = None, **more: str) -> Plan:
        programs = {
            how: f'{{kind: command, argv: [{sys.executable}, generate.py, {how}, {how}, "{{out}}"], price: {price}}}'
            for how, price in (("fail", 0), ("refuse", 0), ("hang", 0), ("fine", 0.25), ("paid-fail", 0.5))
        }
        programs["paid-fail"] = programs["paid-fail"].replace("paid-fail, paid-fail", "paid-fail, fail")
        lines = "\n".join(f"  {name}: {text}" for name, text in {**programs, **more}.items())
        suite = self.folder / "suite.yaml"
        suite.write_text(SUITE.format(providers=lines, over=over, pin=f", pin: {pin}" if pin else ""))
        return load([suite], capabilities=capabilities_of)

    def route(self, over: str, *, pin: str | None = None, **more: str) -> Provider:
        spec = self.plan(over, pin=pin, **more).providers["r"]
        provider = create(spec.name, spec.kind, spec.options, Path(spec.root))
        self.opened.callback(provider.close)
        return provider


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with ExitStack() as opened:
        yield Project(tmp_path, opened)


def test_the_first_that_can_generates(project: Project, job: Callable[..., Job]) -> None:
    generated = project.route("fine, fail").generate(job())
    assert generated.environment["routed"] == "fine"
    assert "reply" not in generated.environment
    assert generated.cost == 0.25
    assert project.asked == ["fine"]


def test_the_next_generates_where_a_free_one_gave_nothing(project: Project, job: Callable[..., Job]) -> None:
    generated = project.route("fail, painter, fine").generate(job("a red circle", quality="draft"))
    environment = generated.environment
    assert environment["routed"] == "painter"
    assert environment["weights"], "what the one that generated tells is kept"
    assert environment["reply"]["failed"] == [
        {"provider": "fail", "problem": "the program failed (exit status 1): the disk is full"}
    ]
    assert json.loads(json.dumps(environment)) == environment
    assert project.asked == ["fail"]
    alone = create("painter", "painter", {}, project.folder).generate(job("a red circle", quality="draft"))
    assert generated.data == alone.data


@pytest.mark.parametrize(
    ("first", "fault", "said"),
    [
        ("refuse", GenerationRefusedError, "the program refused: not that"),
        ("hang", GenerationTimeoutError, "no image within"),
        ("paid-fail", GenerationError, "the program failed"),
    ],
)
def test_not_after_a_refusal_a_timeout_or_what_may_have_been_paid(
    project: Project, job: Callable[..., Job], first: str, fault: type[GenerationError], said: str
) -> None:
    with pytest.raises(fault, match=said) as caught:
        project.route(f"{first}, painter").generate(job(timeout=2.0))
    assert type(caught.value) is fault
    assert caught.value.provider == first
    assert project.asked == [first]


def test_a_service_that_went_down_is_not_waited_for_where_another_can_generate(
    project: Project, job: Callable[..., Job]
) -> None:
    image = create("painter", "painter", {}, project.folder).generate(job("a red circle", quality="draft")).data
    with Loopback(lambda _: status(500, "down")) as server:
        server.script(reply({"data": [{"b64_json": base64.b64encode(image).decode()}]}))
        own = f'{{kind: openai-compatible, base_url: "{server.url}", model: m, price: 0, retries: 0}}'
        route = project.route("own, fine", own=own)
        routed = [route.generate(job()).environment["routed"] for _ in range(8)]
        assert routed == ["own"] + ["fine"] * 7
        assert len(server.requests) == 6, "one that answered, five that failed: no probe was waited for"


def test_all_that_failed_are_reported(project: Project, job: Callable[..., Job]) -> None:
    with pytest.raises(
        GenerationError, match=r"none of 2 providers generated: fail: .*disk is full.*; nowhere: "
    ) as caught:
        project.route("fail, nowhere", nowhere=NOWHERE).generate(job())
    assert not caught.value.possibly_billed


NOWHERE = '{kind: automatic1111, base_url: "http://127.0.0.1:9", retries: 0}'


def test_the_next_generates_where_a_server_is_not_reached(project: Project, job: Callable[..., Job]) -> None:
    generated = project.route("nowhere, fine", nowhere=NOWHERE).generate(job())
    assert generated.environment["routed"] == "fine"
    [failed] = generated.environment["reply"]["failed"]
    assert failed["provider"] == "nowhere"
    assert "127.0.0.1" in failed["problem"]


def test_only_the_pinned_one_is_asked(project: Project, job: Callable[..., Job]) -> None:
    assert project.route("fail, fine", pin="fine").generate(job()).environment["routed"] == "fine"
    with pytest.raises(GenerationError, match="disk is full"):
        project.route("fine, fail", pin="fail").generate(job())
    assert project.asked == ["fine", "fail"]


def test_it_promises_what_all_of_them_do(project: Project) -> None:
    spec = project.plan("painter, fine").providers["r"]
    parsed = capabilities_of(spec)
    assert parsed.seed == "none"
    assert not parsed.honors & {"prompt", "seed", "size", "quality"}, "the program takes nothing of a recipe"
    assert parsed.price == 0.25
    assert parsed.concurrency == 1
    assert not parsed.batch
    assert not parsed.isolated


def test_choices_are_those_that_none_refuses(project: Project) -> None:
    any_setting = f'{{kind: command, argv: [{sys.executable}, "{{settings}}", "{{prompt}}", "{{seed}}"], price: 0}}'
    parsed = capabilities_of(project.plan("painter, loose", loose=any_setting).providers["r"])
    assert parsed.seed == "best-effort"
    assert {"quality", "style", "prompt", "seed"} <= parsed.honors
    assert not {"image", "size"} & parsed.honors
    assert parsed.choices["style"] == ("flat", "outline", "pastel")


def test_its_price_is_the_highest(project: Project) -> None:
    plan = project.plan("painter, fine, paid-fail")
    [trial] = plan.trials()
    assert price_of(plan.providers["r"], trial.recipe) == 0.5


def test_a_price_that_one_does_not_know_is_unknown(project: Project) -> None:
    unpriced = f'{{kind: command, argv: [{sys.executable}, "{{out}}"]}}'
    plan = project.plan("painter, unpriced", unpriced=unpriced)
    [trial] = plan.trials()
    assert capabilities_of(plan.providers["r"]).price is None
    assert price_of(plan.providers["r"], trial.recipe) is None


def test_a_missing_key_is_reported_before_anything_is_generated(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ROUTE_TEST_KEY", raising=False)
    route: Any = project.route("fine, hosted", hosted=NOWHERE[:-1] + ", api_key_env: ROUTE_TEST_KEY}")
    with pytest.raises(HarnessError, match="ROUTE_TEST_KEY"):
        route.ready()


def test_the_ledger_hears_of_each_call_that_may_cost(project: Project, job: Callable[..., Job]) -> None:
    heard: list[int] = []
    plain = job()
    handed = Job(
        plain.recipe, plain.key, plain.attempt, plain.timeout, sending=lambda: heard.append(len(project.asked))
    )
    project.route("fail, fine").generate(handed)
    assert heard == [1], "before the paid one, not before the free one"


def test_without_a_suite_there_is_nothing_behind_the_names(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="names providers of a suite"):
        create("r", "route", {"over": ["a", "b"]}, tmp_path)
