"""Who is answered, and what is written: a real server, real requests."""

import json
from pathlib import Path

import pytest

from harness.ledger import Lock
from tests.review.conftest import Marks, harness, listing, serving

PLAIN, OTHER, THIRD = (f"small/{case}/base-s0" for case in ("plain", "other", "third"))


def test_only_the_served_page_is_answered(project: Path, marks: Marks) -> None:
    before = listing(project)
    with serving() as served:
        api, body = f"{served.room}api/submit", json.dumps(marks({PLAIN: "accept"})).encode()
        own = {"Host": f"127.0.0.1:{served.port}"}
        refused = [
            (421, "GET", served.room, None, {"Host": "evil.example"}),
            (421, "POST", api, body, {"Host": f"evil.example:{served.port}"}),
            (403, "GET", served.room, None, own | {"Sec_Fetch_Site": "cross-site"}),
            (403, "GET", f"{served.room}data.js", None, {"Sec_Fetch_Site": "same-site", "Sec_Fetch_Dest": "document"}),
            (403, "POST", api, body, {"Origin": "http://127.0.0.1:1"}),
            (403, "POST", api, body, {"Origin": "null"}),
            (403, "POST", api, body, {"Sec_Fetch_Site": "cross-site"}),
            (404, "GET", "/", None, {}),
            (404, "GET", "/data.js", None, {}),
            (404, "POST", "/api/submit", body, {}),
            (415, "POST", api, body, {"Content_Type": "text/plain"}),
            (415, "POST", api, body, {"Content_Type": "application/x-www-form-urlencoded"}),
            (401, "POST", api, body, {"X_Review_Token": ""}),
            (401, "POST", api, body, {"X_Review_Token": served.token[:-1]}),
            (405, "OPTIONS", api, None, {}),
            (405, "PUT", api, body, {}),
            (405, "DELETE", api, None, {}),
        ]
        for status, method, path, data, headers in refused:
            assert served.send(method, path, data, **headers)[0] == status, (method, path, headers)
        assert listing(project) == before
        log = served.end()
    assert log.count("refused ") == len(refused)
    assert served.token not in log
    assert served.room.strip("/") not in log


def test_nothing_is_served_by_path(project: Path, run: Path) -> None:
    with serving() as served:
        for path in (
            "../run.json",
            "run.json",
            "%2e%2e/run.json",
            "files/../run.json",
            "files/0",
            "files/-1.png",
            "index.html",
        ):
            assert served.send("GET", served.room + path)[0] == 404, path
        status, headers, image = served.send("GET", f"{served.room}files/0.png")
        assert (status, headers["content-type"], headers["x-content-type-options"]) == (200, "image/png", "nosniff")
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert "sandbox" in headers["content-security-policy"]
        page = served.send("GET", served.room)
        assert "frame-ancestors 'none'" in page[1]["content-security-policy"]
        assert served.token.encode() not in page[2]
        altered = next(path for path in (run / "images").iterdir() if path.read_bytes() == image)
        altered.write_bytes(image + b"!")
        assert served.send("GET", f"{served.room}files/0.png")[0] == 404, "only what was recorded is shown"
        altered.unlink()
        assert served.send("GET", f"{served.room}files/0.png")[0] == 404


def test_a_submit_is_one_decision_and_is_written_once(
    project: Path, marks: Marks, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = listing(project)
    document = marks({PLAIN: "accept", OTHER: "add", THIRD: "reject", "small/third/base-s1": "ignore"})
    with serving() as served:
        status, found = served.ask("preview", **document)
        assert status == 200
        assert {one["key"]: one["action"] for one in found["changes"]} == {
            PLAIN: "replaced", OTHER: "added", THIRD: "rejected", "small/third/base-s1": "ignored",
        }  # fmt: skip
        assert f"+++ {PLAIN}" in found["diff"]
        assert not found["unproven"]
        assert listing(project) == before, "a preview writes nothing"
        first = served.ask("submit", **document)
        written = listing(project)
        assert first[0] == 200
        assert served.ask("submit", **document) == first
        assert listing(project) == written
        log = json.loads(harness("log", "--json").stdout)["decisions"][0]
        assert (log["id"], log["who"], log["action"]) == ("0123456789ab", "Kim", None)
        assert sorted(one["action"] for one in log["trials"]) == ["accept", "add", "ignore", "reject"]
        monkeypatch.setenv("COLUMNS", "200")
        assert "accept 1, add 1" in harness("log").stdout
        state = served.ask("state")[1]
        assert {key: one["action"] for key, one in state["decided"].items()} == {
            PLAIN: "accept", OTHER: "add", THIRD: "reject", "small/third/base-s1": "ignore",
        }  # fmt: skip
        assert served.ask("undo", decision=document["id"], reason="not yet")[0] == 200
    after = listing(project)
    assert {name: data for name, data in after.items() if "log.jsonl" not in name} == {
        name: data for name, data in before.items() if "log.jsonl" not in name
    }
    assert harness("baselines", "verify").returncode == 0


def test_what_changed_meanwhile_is_not_overwritten(project: Path, marks: Marks) -> None:
    with serving() as served:
        seen = served.ask("state")[1]["trials"]
        document = marks({PLAIN: "accept", OTHER: "accept"})
        for mark in document["marks"]:
            mark["before"] = seen[mark["key"]]
        assert (
            harness("ignore", "--key", PLAIN, "--reason", "r", "--owner", "o", "--until", "2999-01-01").returncode == 0
        )
        before = listing(project)
        for call in ("preview", "submit"):
            status, answer = served.ask(call, **document)
            assert (status, answer["error"]["code"]) == (409, "outdated-marks")
            [conflict] = answer["error"]["conflicts"]
            assert (conflict["key"], conflict["by"]["action"]) == (PLAIN, "ignore")
            assert conflict["image"].startswith(document["marks"][0]["image"])
            assert len(conflict["accepted"]) == 1
        assert listing(project) == before, "all or nothing"
        document["marks"][0]["before"] = conflict["state"]
        assert served.ask("submit", **document)[0] == 200


@pytest.mark.parametrize("break_it", ["image", "run", "key", "twice", "until", "id", "action", "reason"])
def test_decisions_that_make_no_sense_write_nothing(project: Path, marks: Marks, break_it: str) -> None:
    document = marks({PLAIN: "accept", OTHER: "reject"})
    broken = {
        "image": lambda: document["marks"][0].update(image="0" * 16),
        "run": lambda: document.update(run="another"),
        "key": lambda: document["marks"][0].update(key="small/none/base-s0"),
        "twice": lambda: document["marks"].append(document["marks"][0]),
        "until": lambda: document["marks"][0].update(action="ignore", until="2001-01-01"),
        "id": lambda: document.update(id="../../../etc"),
        "action": lambda: document["marks"][0].update(action="accept-all"),
        "reason": lambda: document.update(reason=" … "),
    }
    broken[break_it]()
    before = listing(project)
    Path("decisions.json").write_text(json.dumps(document))
    assert harness("accept", "--from", "decisions.json").returncode == 2
    with serving() as served:
        status, answer = served.ask("submit", **document)
    assert status == (409 if break_it == "image" else 422)
    assert answer["error"]["hint"]
    assert listing(project) == before


def test_a_lock_that_was_taken_meanwhile_is_waited_for_and_said(project: Path, marks: Marks) -> None:
    before = listing(project)
    with serving() as served:
        with Lock(project / "baselines" / "small"):
            status, answer = served.ask("submit", **marks({PLAIN: "accept"}))
            assert (status, answer["error"]["code"]) == (423, "locked")
        assert listing(project) == before
        assert served.ask("submit", **marks({PLAIN: "accept"}))[0] == 200


def test_read_only_in_ci_and_no_accept_of_an_old_run(
    project: Path, run: Path, marks: Marks, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = listing(project)
    with monkeypatch.context() as ci, serving() as served:
        ci.setenv("CI", "true")
        assert served.ask("state")[1]["writes"] is False
        for call in ("preview", "submit"):
            assert served.ask(call, **marks({PLAIN: "reject"}))[0] == 403
        assert served.ask("undo", decision="0123456789ab")[0] == 403
    with serving(run) as served:
        assert harness("run", "suites").returncode == 0
        newer = max(path.parent.name for path in (project / "reports").glob("*/run.json"))
        assert served.ask("state")[1]["newer"] == newer
        status, answer = served.ask("submit", **marks({PLAIN: "accept"}))
        assert (status, answer["error"]["code"]) == (409, "newer-run")
        assert listing(project) == before
        assert served.ask("submit", **marks({PLAIN: "reject"}))[0] == 200


def test_a_body_that_is_not_one_is_refused(project: Path) -> None:
    with serving() as served:
        path = f"{served.room}api/submit"
        for body in (b"", b"[]", b"{", b"[" * 100_000, b'{"format": 7}', b"\xff"):
            assert served.send("POST", path, body)[0] == 422, body[:9]
        assert served.send("POST", path, b"{}", Content_Length=str(1 << 40))[0] == 422
        assert served.send("POST", f"{served.room}api/none", b"{}")[0] == 404


def test_it_ends_when_nobody_is_there(project: Path) -> None:
    with serving(idle=0.3) as served:
        assert served.wait()
