import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness.draw import Drawing, Fault, Recording, Recordings, Replay, draw_all
from harness.errors import DrawFault, DrawRefused, DrawTimeout, UsageFault
from harness.provider.protocol import Drawn, Job, Provider
from harness.provider.secrets import know_secrets, without_secrets
from harness.records import InputPicture, Recipe, Request, Subject, TrialKey
from tests.draw.conftest import Pen, job, png, trial


def recorded(folder: Path, pen: Pen, *jobs: Job) -> None:
    provider = Recording(pen, Recordings(folder))
    for one in jobs:
        try:
            provider.draw(one)
        except DrawFault:
            continue


def replay(folder: Path) -> Replay:
    return Replay("pen", "test", Pen(price=0.04).capabilities, Recordings(folder))


def test_a_recorded_picture_comes_again_without_the_provider(pen: Pen, tmp_path: Path) -> None:
    one = job(trial(seed=7))
    recorded(tmp_path, pen, one)
    again = replay(tmp_path).draw(one)
    assert (again.data, again.source, again.cost, again.seconds) == (png(7), "replay", 0.0, 0.0)
    assert again.environment == {"served_model": "m-1", "reply": {"request_id": "r1"}}
    assert replay(tmp_path).capabilities.price == 0.0
    [entry] = [json.loads(path.read_text()) for path in tmp_path.glob("entries/*/*.json")]
    assert (entry["trial"], entry["drawn"]["cost"], entry["recipe"]["request"]["prompt"]) == (
        "s/c/base-s7",
        0.04,
        "a fox",
    )
    assert (tmp_path / entry["picture"]["file"]).read_bytes() == png(7)


def test_repeats_and_unseeded_trials_keep_their_own_pictures(pen: Pen, tmp_path: Path) -> None:
    jobs = [job(trial("unseeded", None, case, repeat)) for case in ("a", "b") for repeat in (0, 1)]
    live = [Recording(pen, Recordings(tmp_path)).draw(one).data for one in jobs]
    assert len(set(live)) == 4
    assert [replay(tmp_path).draw(one).data for one in jobs] == live


def test_what_a_service_took_from_its_own_cache_stays_that(pen: Pen, tmp_path: Path) -> None:
    class Cached(Pen):
        def draw(self, job: Job) -> Drawn:
            return replace(super().draw(job), source="cache")

    one = job(trial())
    Recording(Cached(), Recordings(tmp_path)).draw(one)
    assert replay(tmp_path).draw(one).source == "cache"


def test_answers_are_recorded(pen: Pen, tmp_path: Path) -> None:
    asked = Job(Recipe(Request("", ask="how many?"), Subject("pen", "test")), TrialKey("s", "ask"))
    recorded(tmp_path, pen, asked)
    assert replay(tmp_path).draw(asked).answer == "two"


@pytest.mark.parametrize(
    ("words", "kind", "told"),
    [
        ("refuse this", DrawRefused, "pen: not this"),
        ("late", DrawTimeout, "pen: no picture within 3 s"),
        ("once", DrawFault, "pen: lost the connection"),
    ],
)
def test_faults_come_again_and_bill_nothing(pen: Pen, tmp_path: Path, words: str, kind: type, told: str) -> None:
    one = job(trial(words))
    recorded(tmp_path, pen, one)
    with pytest.raises(kind) as caught:
        replay(tmp_path).draw(one)
    assert type(caught.value) is kind
    assert str(caught.value) == told
    assert not caught.value.possibly_billed


def test_what_foreign_code_raises_is_recorded_as_the_run_tells_it(tmp_path: Path) -> None:
    class Broken(Pen):
        def draw(self, job: Job) -> object:  # type: ignore[override]
            raise ZeroDivisionError("by\nnothing")

    [fault] = draw_all([trial()], {"pen": Recording(Broken(), Recordings(tmp_path))})
    [again] = draw_all([trial()], {"pen": replay(tmp_path)})
    assert isinstance(fault, Fault)
    assert isinstance(again, Fault)
    assert str(fault.fault) == str(again.fault) == "pen: ZeroDivisionError: by nothing"


def test_a_draw_that_was_left_behind_is_recorded_as_its_timeout(tmp_path: Path) -> None:
    pen = Pen()
    pen.gate.clear()
    [fault] = draw_all([trial()], {"pen": Recording(pen, Recordings(tmp_path))}, timeout=0.05)
    pen.gate.set()
    [again] = draw_all([trial()], {"pen": replay(tmp_path)})
    assert isinstance(fault, Fault)
    assert isinstance(again, Fault)
    assert str(again.fault) == str(fault.fault) == "pen: no picture within 0.05 s"


def test_a_miss_tells_the_prompt_the_nearest_difference_and_the_remedy(pen: Pen, tmp_path: Path) -> None:
    recorded(tmp_path, pen, job(trial(quality="standard")), job(trial("a cat", 4, "cat")))
    with pytest.raises(DrawFault) as caught:
        replay(tmp_path).draw(job(trial(quality="draft")))
    assert str(caught.value) == (
        'pen: nothing is recorded for "a fox", seed 0; the nearest, of s/c/base-s0, differs in '
        "settings.quality standard → draft"
    )
    assert caught.value.remedy.endswith(f"--record {tmp_path} in place of --replay")
    with pytest.raises(DrawFault, match=r"repeat 3; it is recorded for s/c/base-s0, repeat 0"):
        replay(tmp_path).draw(job(trial(quality="standard", repeat=3)))


def test_nothing_to_replay_is_told_before_anything_is_drawn(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match=r"nowhere is not there: nothing can be replayed"):
        Recordings(tmp_path / "nowhere").must_exist()
    with pytest.raises(UsageFault, match="holds no exchanges"):
        Recordings(tmp_path).must_exist()


def test_a_damaged_exchange_fails_its_trial_and_names_the_file(pen: Pen, tmp_path: Path) -> None:
    one = job(trial())
    recorded(tmp_path, pen, one)
    [picture] = tmp_path.glob("pictures/*")
    picture.write_bytes(png(3))
    with pytest.raises(DrawFault, match="not the bytes that were kept") as caught:
        replay(tmp_path).draw(one)
    assert picture.name in str(caught.value)


def test_input_pictures_count_by_digest_and_show_no_folder(pen: Pen, tmp_path: Path) -> None:
    def guided(folder: str, digest: str) -> Job:
        request = Request("a fox", seed=1, image=InputPicture(f"{folder}/house.png", digest))
        return Job(Recipe(request, Subject("pen", "test")), TrialKey("s", "c", seed=1))

    recorded(tmp_path, pen, guided("/home/somebody/in", "d1"))
    assert replay(tmp_path).draw(guided("/elsewhere", "d1")).data == png(1)
    with pytest.raises(DrawFault, match=r"image\.digest d1 → d2"):
        replay(tmp_path).draw(guided("/elsewhere", "d2"))
    assert not any(b"somebody" in path.read_bytes() for path in tmp_path.rglob("*.json"))


def test_no_secret_reaches_a_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEN_KEY", "pk-very-secret-41")
    know_secrets({"kind": "test", "api_key_env": "PEN_KEY"})

    class Careless(Pen):
        def draw(self, job: Job) -> object:  # type: ignore[override]
            raise DrawFault(self.name, "401 for key pk-very-secret-41", "mind pk-very-secret-41")

    recordings = Recordings(tmp_path, redacted=without_secrets)
    with pytest.raises(DrawFault):
        Recording(Careless(), recordings).draw(job(trial("tell pk-very-secret-41")))
    [text] = [path.read_text() for path in tmp_path.rglob("*.json")]
    assert "pk-very-secret-41" not in text
    assert "401 for key ***" in text


def test_a_recording_that_cannot_be_written_keeps_the_picture(pen: Pen, tmp_path: Path) -> None:
    (tmp_path / "entries").write_text("in the way")
    recordings = Recordings(tmp_path)
    [result] = draw_all([trial()], {"pen": Recording(pen, recordings)})
    assert isinstance(result, Drawing)
    assert "the recording lacks s/c/base-s0" in recordings.problem


def test_a_recorded_provider_is_still_the_provider(pen: Pen, tmp_path: Path) -> None:
    recording = Recording(pen, Recordings(tmp_path))
    assert isinstance(recording, Provider)
    assert recording.capabilities is pen.capabilities
    assert not recording.tells_sending
    recording.ready()
    recording.close()
    assert pen.closed
