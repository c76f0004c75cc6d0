"""A server where three calls in ten fail in mixed ways, under real runs: nothing is lost, nothing paid for twice."""

import base64
import collections
import io
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

from harness.ledger import iter_results, possibly_billed, read_run
from harness.runner import RunOptions, execute, plan_of
from tests.provider.servers.base import Act, Loopback, Received, hang, html, raw, reply, reset, status, truncated

SUITE = """\
suite: chaos
provider: shop
providers:
  shop: {{kind: openai-compatible, base_url: "{url}/v1", model: m, price: {price}, concurrency: 32, max_bytes: 100000}}
defaults: {{size: 32x32, drift: {{max_abs: "<= 255"}}, seeds: {seeds}}}
cases: [{{id: fox, prompt: a fox}}]
"""


class Chaos(Loopback):
    """Generates by seed; with ``share`` of the calls something happens instead. ``answered`` are the seeds whose image
    went out whole, ``late`` the calls for one of those that came after."""

    def __init__(self, share: float) -> None:
        super().__init__(self.handle)
        self.share = share
        self.chance = random.Random(7)
        self.lock = threading.Lock()
        self.answered: set[int] = set()
        self.late: list[int] = []
        self.calls: collections.Counter[int] = collections.Counter()

    def handle(self, received: Received) -> Act:
        seed = received.json()["seed"]
        image = reply({"created": 1, "data": [{"b64_json": fox(seed)}]})
        with self.lock:
            self.calls[seed] += 1
            if seed in self.answered:
                self.late.append(seed)
            if self.chance.random() < self.share:
                return self.chance.choice(MISHAPS)
        return self.generates(seed, image)

    def generates(self, seed: int, image: Act) -> Act:
        def act(connection: Any) -> None:
            with self.lock:
                self.answered.add(seed)
            image(connection)

        return act


def fox(seed: int) -> str:
    """A disc whose place and color depend on the seed, as base64."""
    image = Image.new("RGB", (32, 32), "white")
    x, y = seed % 12, seed // 12 % 12
    ImageDraw.Draw(image).ellipse((x, y, x + 16, y + 16), fill=(200, seed % 256, 40))
    out = io.BytesIO()
    image.save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


MISHAPS: tuple[Act, ...] = (
    status(429, "slow down", retry_after="0"),
    status(503, "busy"),
    status(500, "oops"),
    status(400, "no such size"),
    reply({"error": {"message": "not that", "code": "content_policy_violation"}}, 400),
    reply({"error": {"message": "broke halfway", "code": 502}}),
    reply({"data": []}),
    reply({"data": [{"b64_json": "AAAA"}]}),
    raw(b"{" * 50_000),
    raw(b"\x1f\x8b garbage", content_encoding="gzip"),
    raw(b" " * 200_000),
    html(502),
    raw(b"<html>a login page</html>", "text/html"),
    truncated(b'{"data": [{"b64_json": "' + b"A" * 4000),
    reset(),
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("CI", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(folder: Path, url: str, price: float, seeds: int) -> Path:
    suite = folder / "chaos.yaml"
    suite.write_text(SUITE.format(url=url, price=price, seeds=list(range(seeds))))
    return suite


def intents(run: Path) -> collections.Counter[int]:
    """How many calls the ledger says were about to be made, by seed."""
    lines = map(json.loads, (run / "trials.jsonl").read_bytes().splitlines())
    return collections.Counter(line["intent"]["key"]["seed"] for line in lines if "intent" in line)


@pytest.mark.parametrize(("price", "trials"), [(0.02, 500), (0, 150)])
def test_every_trial_ends_as_an_image_or_a_named_failure(folder: Path, price: float, trials: int) -> None:
    with Chaos(0.3) as server:
        suite = written(folder, server.url, price, trials)
        options = RunOptions(suites=(suite,), timeout=20.0)
        record, run = execute(plan_of(options), options)
        results = list(iter_results(run))
    assert record.complete
    assert sum(record.totals.values()) == len(results) == record.planned == trials
    assert read_run(run).totals == record.totals
    assert set(record.totals) == {"new", "failed", "refused"}, record.totals
    for result in results:
        if result.image is None:
            [why] = result.outcome.reasons
            assert result.outcome.verdict in ("failed", "refused")
            assert why.code == f"generation.{result.outcome.verdict}"
            assert why.data["provider"] == "shop"
            assert len(why.data["problem"]) > 4
            assert "\n" not in why.data["problem"]
        else:
            assert (run / result.image.file).is_file()
            assert result.key.seed in server.answered
    assert not server.late, "sent again though its image was received"
    assert {result.key.seed for result in results if result.image} == server.answered
    assert len(server.requests) > trials
    assert intents(run) == (server.calls if price else collections.Counter())
    assert possibly_billed(run) == ()


class Half(Chaos):
    """Generates the first images and leaves the next callers waiting, until it is reported to go on."""

    def __init__(self, images: int) -> None:
        super().__init__(0.0)
        self.images = images
        self.go_on = False

    def generates(self, seed: int, image: Act) -> Act:
        with self.lock:
            self.images -= 1
            if self.images < 0 and not self.go_on:
                return hang()
        return super().generates(seed, image)


@pytest.fixture
def half() -> Iterator[Half]:
    with Half(5) as server:
        yield server


@pytest.mark.skipif(os.name == "nt", reason="a kill that nothing can catch")
def test_a_kill_leaves_known_what_was_possibly_billed(folder: Path, half: Half) -> None:
    suite = written(folder, half.url, 0.02, 12)
    suite.write_text(suite.read_text().replace("concurrency: 32", "concurrency: 3"))
    argv = [sys.executable, "-m", "harness", "run", "--live", str(suite)]
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)
    for _ in range(600):
        found = list(folder.glob("reports/*/trials.jsonl"))
        if found and len(half.requests) == 8 and found[0].read_bytes().count(b'"outcome"') == 5:
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    (run,) = (folder / "reports").iterdir()
    waiting = set(half.calls) - half.answered
    assert len(waiting) == 3
    assert {intent.key.seed for intent in possibly_billed(run)} == waiting
    half.go_on = True
    done = subprocess.run([*argv, "--resume"], capture_output=True, text=True, cwd=folder, timeout=60)
    assert "3 calls were possibly billed without an image, up to $0.06" in " ".join(done.stdout.split())
    record = read_run(run)
    assert record.complete
    assert record.totals == {"new": 12}
    assert {seed for seed, count in half.calls.items() if count == 2} == waiting
    assert not half.late
