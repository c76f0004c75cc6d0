"""What a run, a pull and a push come to with each fault of a store.

``test_faults.py`` expects it, ``show.py`` shows it.
"""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from unittest import mock

from tests.store.extra_s3 import proxy as by
from tests.store.extra_s3.proxy import Fault, Proxy
from tests.store.extra_s3.server import BUCKET, PREFIX, S3, credentials, s3_server
from tests.store.project import StoreProject

TIMEOUT = 4.0
"""Seconds for one image in these projects."""


@dataclass
class Setting:
    """A project with a store behind a proxy: what a fault may change before a command."""

    project: StoreProject
    s3: S3
    proxy: Proxy

    def configure(self, bucket: str = BUCKET, port: int | None = None) -> None:
        self.project.configure(
            f'[store]\nurl = "s3://{bucket}/{PREFIX}"\nregion = "us-east-1"\nallow_http = true\n'
            f'endpoint = "http://127.0.0.1:{port or self.proxy.port}"\ntimeout = {TIMEOUT}\n'
        )

    def use(self, key: tuple[str, str]) -> None:
        os.environ.update(credentials(key))

    def put(self, case: str, data: bytes | None) -> None:
        """Change the object of a case, past the proxy; None removes it."""
        item = self.s3.bucket.Object(f"{PREFIX}/{self.project.keys()[case]}")
        item.delete() if data is None else item.put(Body=data)

    def get(self, case: str) -> bytes:
        return self.s3.bucket.Object(f"{PREFIX}/{self.project.keys()[case]}").get()["Body"].read()


@dataclass(frozen=True)
class Scenario:
    fault: str
    apply: Callable[[Setting], object]
    run: str
    pull: str
    push: str


def nothing(_: Setting) -> None:
    """Leave everything as it is."""


def spoiled(
    fault: Fault, *, first: int = 0, count: float = float("inf"), method: bytes = b""
) -> Callable[[Setting], None]:
    return lambda setting: setting.proxy.spoil(fault, first, count, method)


def other_bytes(setting: Setting) -> None:
    setting.put("owl", bytes(len(setting.get("owl"))))


def other_size(setting: Setting) -> None:
    """Under a key whose image is on the disk where it is pushed."""
    setting.put("fox", b"short")


FINE = "3 identical"
ALL = "exit 0"
SPOILED = "exit 2: store-failed"
ENDED = f"{SPOILED}, before the first image"
SCENARIOS = (
    Scenario("none", nothing, FINE, ALL, ALL),
    Scenario("each reply 0.3 s late", spoiled(by.late(0.3)), FINE, ALL, ALL),
    Scenario("each reply later than the time limit", spoiled(by.late(TIMEOUT)), ENDED, SPOILED, SPOILED),
    Scenario("503 twice", spoiled(by.unavailable, count=2), FINE, ALL, ALL),
    Scenario("503 always", spoiled(by.unavailable), ENDED, SPOILED, SPOILED),
    Scenario("one reply cut", spoiled(by.cut, count=1, method=b"GET /baselines/"), FINE, ALL, ALL),
    Scenario("each reply cut", spoiled(by.cut), ENDED, SPOILED, SPOILED),
    Scenario("no process listens", lambda setting: setting.configure(port=1), ENDED, SPOILED, SPOILED),
    Scenario(
        "gone after the first image", spoiled(by.closed, first=1),
        "1 identical, 2 inconclusive (baseline.store-failed)", SPOILED, SPOILED,
    ),
    Scenario(
        "an image is missing", lambda setting: setting.put("owl", None),
        "2 identical, 1 inconclusive (baseline.not-stored)", "exit 1: object-missing", "exit 1: object-missing",
    ),
    Scenario(
        "other bytes under a key", other_bytes, "2 identical, 1 inconclusive (baseline.store-failed)",
        "exit 1: object-corrupt", ALL,
    ),
    Scenario(
        "other bytes under a key, of another size", other_size, "2 identical, 1 inconclusive (baseline.store-failed)",
        "exit 1: object-corrupt", "exit 1: object-corrupt",
    ),
    Scenario("other bytes in one reply", spoiled(by.altered, count=1, method=b"GET /baselines/"), FINE, ALL, ALL),
    Scenario("the reply to one write is lost", spoiled(by.closed, count=1, method=b"PUT"), FINE, ALL, ALL),
    Scenario("the bucket is not there", lambda setting: setting.configure("elsewhere"), ENDED, SPOILED, SPOILED),
    Scenario("credentials that only read", lambda setting: setting.use(setting.s3.reader), FINE, ALL, SPOILED),
    Scenario(
        "a wrong secret (signature refused)", lambda setting: setting.use((setting.s3.writer[0], "x" * 40)), ENDED,
        SPOILED, SPOILED,
    ),
    Scenario("clocks apart (the proxy answers as S3 does)", spoiled(by.skewed), ENDED, SPOILED, SPOILED),
)  # fmt: skip


def prepared(folder: Path, s3: S3, proxy: Proxy) -> Setting:
    """Return a project whose three images are in the store and not on the disk."""
    proxy.heal()
    s3.empty()
    setting = Setting(StoreProject(folder, ""), s3, proxy)
    setting.configure()
    setting.use(s3.writer)
    setting.project.accept()
    pushed = setting.project.harness("store", "push")
    assert pushed.code == 0, pushed.err
    setting.project.forget_images()
    return setting


def run(setting: Setting) -> str:
    before = setting.project.runs()
    done = setting.project.harness("run", "--json")
    if "error" in done.data:
        early = ", before the first image" if setting.project.runs() == before else ""
        return f"exit {done.code}: {done.data['error']['code']}{early}"
    outcomes = [one["outcome"] for one in done.data["trials"]]
    why = [(one["verdict"], (one.get("reasons") or [{"code": ""}])[0]["code"]) for one in outcomes]
    shown = [verdict if verdict == "identical" else f"{verdict} ({code})" for verdict, code in why]
    return ", ".join(f"{count} {what}" for what, count in sorted(Counter(shown).items()))


def moved(setting: Setting, command: str) -> str:
    done = setting.project.harness("store", command, "--json")
    codes = {one["code"] for one in done.data["faults"]} if "faults" in done.data else {done.data["error"]["code"]}
    return f"exit {done.code}" + (f": {', '.join(sorted(codes))}" if codes else "")


def outcomes(scenario: Scenario, folder: Path, s3: S3, proxy: Proxy) -> Iterator[tuple[str, str, float]]:
    """Yield name, outcome and seconds of each command, each with a project of its own."""
    for name, command in (
        ("run", run),
        ("pull", partial(moved, command="pull")),
        ("push", partial(moved, command="push")),
    ):
        own = folder / name
        own.mkdir()
        os.chdir(own)
        setting = prepared(own, s3, proxy)
        if name == "push":
            # something to push: a case with a new image
            setting.project.generate("fox", 9)
            setting.project.accept()
            setting.project.forget_cache()
        scenario.apply(setting)
        begun = time.monotonic()
        yield name, command(setting), time.monotonic() - begun
        assert not [path for path in own.rglob("*") if path.name.endswith(".tmp")], "a file was left half written"


@contextmanager
def servers() -> Iterator[tuple[S3, Proxy]]:
    with mock.patch.dict(os.environ, {"HARNESS_USER": "Test Person"}), s3_server() as s3, Proxy(s3.port) as proxy:
        yield s3, proxy
