"""How quick `harness review` is with many trials: the first paint, one decision, a group that is accepted.

``python benchmarks/review.py [TRIALS] [GROUP]`` makes a run of TRIALS (10,000) drifted trials of which GROUP (500)
changed alike, and decides in a real Chromium. Needs the extra ``dev`` and ``/usr/bin/chromium``.
"""

import os
import sys
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import sync_playwright

from harness.baseline import Baselines, Selection, accept
from harness.image import encode_png, file_digest
from harness.ledger import Ledger
from harness.records import (
    Comparison,
    ImageRef,
    Measurement,
    Outcome,
    Policy,
    Recipe,
    Request,
    RunRecord,
    Subject,
    TrialKey,
    TrialResult,
)
from harness.report import served_page
from harness.review import Desk, ReviewServer
from harness.vocabulary import Level, Source, Status, Verdict

CHROMIUM = "/usr/bin/chromium"


def image(number: int) -> bytes:
    """Return a small image that no other number has."""
    pixels = np.zeros((8, 8, 3), np.uint8)
    pixels[0, 0] = number >> 16, number >> 8 & 255, number & 255
    return encode_png(pixels)


def make_run(reports: Path, trials: int, group: int, *, second: bool) -> Path:
    """Write a run whose trials are new, or with ``second`` all drifts, the first ``group`` of them alike."""
    started = f"2026-11-27T10:0{int(second)}:00.000Z"
    ledger = Ledger.create(reports, RunRecord(f"many-{int(second)}", ("many.yaml",), started, "0.1.0"))
    for number in range(trials):
        old, data = image(number), image(number + (trials if second else 0))
        accepted = ImageRef(
            f"many/case-{number}/base-s0.png", file_digest(old), file_digest(old[::-1]), 8, 8, "PNG", {}
        )
        ref = ImageRef(ledger.store_image(data, "png"), file_digest(data), file_digest(data[::-1]), 8, 8, "PNG", {})
        size = 4.0 if number < group else 2.0 ** (number % 9 + 3)
        ledger.append(
            TrialResult(
                TrialKey("many", f"case-{number}", "base", 0),
                Recipe(Request(f"case {number}", seed=0), Subject("painter", "painter", None, {})),
                Outcome(Verdict("drift" if second else "new"), Status.FINDING, determinism=Level.PIXELS),
                source=Source.GENERATED,
                image=ref,
                baseline=accepted if second else None,
                comparison=Comparison({"delta_e": Measurement(size)}) if second else None,
                policy=Policy(),
            )
        )
    ledger.finish(replace(ledger.record, complete=True))
    ledger.close()
    return ledger.folder


def measure(page: Any, address: str) -> dict[str, float]:
    """Return seconds: first paint, a decision (until the next trial is shown), the group marked, the group written."""
    found = {}
    page.goto(address)
    page.locator(".card").first.wait_for()
    found["first paint"] = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime") / 1000
    found["list shown"] = page.evaluate("performance.now()") / 1000
    page.wait_for_timeout(3000)
    frame = "new Promise(done => requestAnimationFrame(() => setTimeout(done)))"
    press = "document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 's', bubbles: true}))"
    script = f"(async () => {{ const t = performance.now(); {press}; await {frame}; return performance.now() - t; }})()"
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_timeout(500)
    found["a decision (median of 20)"] = sorted(page.evaluate(script) / 1000 for _ in range(20))[10]
    for _ in range(20):
        page.keyboard.press("z")
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.wait_for_timeout(1000)
    begin = time.perf_counter()
    buttons = page.locator("[data-group-act^=accept]")
    numbers = [int(text.split()[-1].replace(",", "")) for text in buttons.all_inner_texts()]
    page.locator("[data-group-act^=accept]").nth(max(range(len(numbers)), key=numbers.__getitem__)).click()
    page.locator(".progress-text").wait_for()
    found[f"a group of {max(numbers)} marked"] = time.perf_counter() - begin
    page.keyboard.press("S")
    begin = time.perf_counter()
    page.locator("#submit-found", has_text="In the manifest").wait_for(timeout=120_000)
    found["preview"] = time.perf_counter() - begin
    page.locator("#submit-reason").fill("measured")
    begin = time.perf_counter()
    page.locator("#submit-now").click()
    page.locator("#toast", has_text="written as").wait_for(timeout=120_000)
    found[f"{max(numbers)} accepted and written"] = time.perf_counter() - begin
    return found


def main() -> None:
    """Make the runs, decide, and print what it took."""
    trials, group = (int(word) for word in (*sys.argv[1:3], *("10000", "500")[len(sys.argv) - 1 :]))
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        fsync, os.fsync = os.fsync, lambda fd: None  # noqa: ARG005 - what is only made to be measured need not survive a power cut
        first = make_run(root / "reports", trials, group, second=False)
        baselines = Baselines(root / "baselines")
        accept(baselines, first, Selection(), reason="first", who="benchmark")
        second = make_run(root / "reports", trials, group, second=True)
        os.fsync = fsync
        begin = time.perf_counter()
        server = ReviewServer(Desk(second, baselines.root, "benchmark"), served_page(second, baselines.root))
        print(f"{trials:,} trials: {'the server is ready':<32} {time.perf_counter() - begin:8.3f} s")
        thread = threading.Thread(target=server.serve)
        thread.start()
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
                for what, seconds in measure(browser.new_page(), server.address).items():
                    print(f"{trials:,} trials: {what:<32} {seconds:8.3f} s")
                browser.close()
        finally:
            server.close()
            thread.join()


if __name__ == "__main__":
    main()
