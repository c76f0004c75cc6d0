"""A report that was copied to a store of objects: its pages work below any prefix, by relative addresses alone."""

import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.store.project import StoreProject

pytestmark = pytest.mark.browser
PREFIX = "/bucket/some prefix/pull-17/"
WIDTH = """one => new Promise(done => {
    const tell = () => done(one.naturalWidth);
    one.complete ? tell() : (one.addEventListener("load", tell), one.addEventListener("error", tell));
})"""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    root = tmp_path / "objects"
    (root / PREFIX.strip("/")).mkdir(parents=True)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(root))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield root / PREFIX.strip("/"), f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_report_works_below_a_prefix(pushed: StoreProject, served: tuple[Path, str], chromium: Any) -> None:
    folder, address = served
    pushed.generate("owl", 7)
    key = pushed.keys()["bee"]
    (pushed.folder.parent / "store" / key).unlink()
    assert pushed.harness("run").code == 1
    shutil.copytree(pushed.runs()[-1], folder / "run")
    for path in (pushed.folder, pushed.folder.parent / "store"):
        path.rename(path.with_name(f"{path.name}-moved"))
    seen: list[tuple[int, str]] = []
    start, shown = f"{address}{PREFIX.replace(' ', '%20')}run/", 0
    for case in ("owl", "bee", "fox"):
        page = chromium.new_page()
        page.on("response", lambda response: seen.append((response.status, response.url)))
        page.on("requestfailed", lambda request: seen.append((0, request.url)))
        page.goto(f"{start}index.html#trial=animals/{case}/base-s0", wait_until="networkidle")
        for image in page.locator("img:visible").all():
            image.scroll_into_view_if_needed()
            assert image.evaluate(WIDTH) > 0, case
            shown += 1
        page.wait_for_load_state("networkidle")
        failed = [one for one in seen if not 200 <= one[0] < 400 and not one[1].endswith("favicon.ico")]
        page.close()
        assert failed == []
    assert shown > 2
    images = [url for _, url in seen if url.endswith(".png")]
    assert images
    assert [url for _, url in seen if not url.startswith((start, "data:", "blob:")) and "favicon" not in url] == []
