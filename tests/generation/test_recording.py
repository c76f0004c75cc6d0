import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import GenerationError, GenerationRefusedError, GenerationTimeoutError, UsageError
from harness.generation import Failed, Generated, Recording, Recordings, Replay
from harness.provider.protocol import Job, Output, Provider
from harness.provider.secrets import know_secrets
from harness.records import InputImage, Recipe, Request, Subject, TrialKey, digest_of
from tests.generation.conftest import Pen, generate_all, job, png, trial


def recorded(folder: Path, pen: Pen, *jobs: Job) -> None:
    provider = Recording(pen, Recordings(folder))
    for one in jobs:
        try:
            provider.generate(one)
        except GenerationError:
            continue


def replay(folder: Path) -> Replay:
    return Replay("pen", "test", Pen(price=0.04).capabilities, Recordings(folder))


def test_a_recorded_image_comes_again_without_the_provider(pen: Pen, tmp_path: Path) -> None:
    one = job(trial(seed=7))
    recorded(tmp_path, pen, one)
    again = replay(tmp_path).generate(one)
    assert (again.data, again.source, again.cost, again.seconds) == (png(7), "replay", 0.0, 0.0)
    assert again.environment == {"served_model": "m-1", "reply": {"request_id": "r1"}}
    assert replay(tmp_path).capabilities.price == 0.0
    [entry] = [json.loads(path.read_text()) for path in tmp_path.glob("entries/*/*.json")]
    assert (entry["trial"], entry["generated"]["cost"], entry["recipe"]["request"]["prompt"]) == (
        "s/c/base-s7",
        0.04,
        "a fox",
    )
    assert (tmp_path / entry["image"]["file"]).read_bytes() == png(7)


def test_repeats_and_unseeded_trials_keep_their_own_images(pen: Pen, tmp_path: Path) -> None:
    jobs = [job(trial("unseeded", None, case, repeat)) for case in ("a", "b") for repeat in (0, 1)]
    live = [Recording(pen, Recordings(tmp_path)).generate(one).data for one in jobs]
    assert len(set(live)) == 4
    assert [replay(tmp_path).generate(one).data for one in jobs] == live


def test_what_a_service_took_from_its_own_cache_stays_that(pen: Pen, tmp_path: Path) -> None:
    class Cached(Pen):
        def generate(self, job: Job) -> Output:
            return replace(super().generate(job), source="cache")

    one = job(trial())
    Recording(Cached(), Recordings(tmp_path)).generate(one)
    assert replay(tmp_path).generate(one).source == "cache"


def test_answers_are_recorded(pen: Pen, tmp_path: Path) -> None:
    asked = Job(Recipe(Request("", ask="how many?"), Subject("pen", "test")), TrialKey("s", "ask"))
    recorded(tmp_path, pen, asked)
    assert replay(tmp_path).generate(asked).answer == "two"


@pytest.mark.parametrize(
    ("words", "kind", "reported"),
    [
        ("refuse this", GenerationRefusedError, "pen: not this"),
        ("late", GenerationTimeoutError, "pen: no image within 3 s"),
        ("once", GenerationError, "pen: lost the connection"),
    ],
)
def test_faults_come_again_and_bill_nothing(pen: Pen, tmp_path: Path, words: str, kind: type, reported: str) -> None:
    one = job(trial(words))
    recorded(tmp_path, pen, one)
    with pytest.raises(kind) as caught:
        replay(tmp_path).generate(one)
    assert type(caught.value) is kind
    assert str(caught.value) == reported
    assert not caught.value.possibly_billed


def test_what_foreign_code_raises_is_recorded_as_the_run_tells_it(tmp_path: Path) -> None:
    class Broken(Pen):
        def generate(self, job: Job) -> object:  # type: ignore[override]
            raise ZeroDivisionError("by\nnothing")

    [fault] = generate_all([trial()], {"pen": Recording(Broken(), Recordings(tmp_path))})
    [again] = generate_all([trial()], {"pen": replay(tmp_path)})
    assert isinstance(fault, Failed)
    assert isinstance(again, Failed)
    assert str(fault.fault) == str(again.fault) == "pen: ZeroDivisionError: by nothing"


def test_a_generate_that_was_left_behind_is_recorded_as_its_timeout(tmp_path: Path) -> None:
    pen = Pen()
    pen.gate.clear()
    [fault] = generate_all([trial()], {"pen": Recording(pen, Recordings(tmp_path))}, timeout=0.05)
    pen.gate.set()
    [again] = generate_all([trial()], {"pen": replay(tmp_path)})
    assert isinstance(fault, Failed)
    assert isinstance(again, Failed)
    assert str(again.fault) == str(fault.fault) == "pen: no image within 0.05 s"


def test_a_miss_tells_the_prompt_the_nearest_difference_and_the_hint(pen: Pen, tmp_path: Path) -> None:
    recorded(tmp_path, pen, job(trial(quality="standard")), job(trial("a cat", 4, "cat")))
    with pytest.raises(GenerationError) as caught:
        replay(tmp_path).generate(job(trial(quality="draft")))
    assert str(caught.value) == (
        'pen: nothing is recorded for "a fox", seed 0; the nearest, of s/c/base-s0, differs in '
        "settings.quality standard → draft"
    )
    assert caught.value.hint.endswith(f"--record {tmp_path} in place of --replay")
    with pytest.raises(GenerationError, match=r"repeat 3; it is recorded for s/c/base-s0, repeat-0"):
        replay(tmp_path).generate(job(trial(quality="standard", repeat=3)))


def test_nothing_to_replay_is_reported_before_anything_is_generated(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere is not there: nothing can be replayed"):
        Recordings(tmp_path / "nowhere").must_exist()
    with pytest.raises(UsageError, match="holds no exchanges"):
        Recordings(tmp_path).must_exist()


def test_a_damaged_exchange_fails_its_trial_and_names_the_file(pen: Pen, tmp_path: Path) -> None:
    one = job(trial())
    recorded(tmp_path, pen, one)
    [image] = tmp_path.glob("images/*")
    image.write_bytes(png(3))
    with pytest.raises(GenerationError, match="not the bytes that were kept") as caught:
        replay(tmp_path).generate(one)
    assert image.name in str(caught.value)


def test_input_images_count_by_digest_and_show_no_folder(pen: Pen, tmp_path: Path) -> None:
    def guided(folder: str, digest: str) -> Job:
        request = Request("a fox", seed=1, input_image=InputImage(f"{folder}/house.png", digest))
        return Job(Recipe(request, Subject("pen", "test")), TrialKey("s", "c", seed=1))

    recorded(tmp_path, pen, guided("/home/somebody/in", "1" * 64))
    assert replay(tmp_path).generate(guided("/elsewhere", "1" * 64)).data == png(1)
    with pytest.raises(GenerationError, match=r"image\.digest 1+… → 2+…"):
        replay(tmp_path).generate(guided("/elsewhere", "2" * 64))
    assert not any(b"somebody" in path.read_bytes() for path in tmp_path.rglob("*.json"))


def at(url: str | None, seed: int | None = 7, **settings: object) -> Job:
    """A job of a provider at an address, with a chat model at another."""
    where = {} if url is None else {"base_url": url, "interpreter": {"kind": "llm", "base_url": f"{url}/reader"}}
    return job(trial(seed=seed, **settings, **where))


def test_a_recording_answers_for_any_address_and_reports_it(pen: Pen, tmp_path: Path) -> None:
    here, there = at("http://127.0.0.1:8188"), at("http://10.0.0.7:9000")
    recorded(tmp_path, pen, here)
    recordings = Recordings(tmp_path)
    assert recordings.answer("pen", here).data == png(7)
    assert not +recordings.moved
    assert recordings.answer("pen", there).data == png(7)
    assert +recordings.moved == {
        ("http://127.0.0.1:8188", "http://10.0.0.7:9000"): 1,
        ("http://127.0.0.1:8188/reader", "http://10.0.0.7:9000/reader"): 1,
    }
    assert here.recipe.digest != there.recipe.digest  # a cache of one server says nothing of another
    with pytest.raises(GenerationError, match=r"differs in settings\.steps \(none\) → 9$"):
        recordings.answer("pen", at("http://10.0.0.7:9000", steps=9))
    for unseeded in (at("http://a", None), at(None, None)):
        recorded(tmp_path, pen, unseeded)
    assert len(list(tmp_path.glob("entries/*/*.json"))) == 2 + 1  # with and without a chat model


def as_recorded_before(folder: Path) -> None:
    """Rename every exchange as it was named by the digest of the whole recipe."""
    for path in sorted(folder.glob("entries/*/*.json")):
        entry = json.loads(path.read_text())
        renamed = f"{entry['digest']}-{path.stem.partition('-')[2]}"
        place = folder / "entries" / renamed[:2] / f"{renamed}.json"
        place.parent.mkdir(exist_ok=True)
        path.rename(place)


@pytest.mark.parametrize("seed", [7, None])
def test_recordings_of_earlier_versions_are_read_for_any_address(pen: Pen, tmp_path: Path, seed: int | None) -> None:
    here, there = at("http://127.0.0.1:8188", seed), at("http://10.0.0.7:9000", seed)
    recorded(tmp_path, pen, here)
    as_recorded_before(tmp_path)
    assert not [path for path in tmp_path.glob("entries/*/*.json") if not path.stem.startswith(here.recipe.digest)]
    recordings = Recordings(tmp_path)
    assert recordings.answer("pen", here).data == recordings.answer("pen", there).data
    assert sum(recordings.moved.values()) == 2


def test_answers_of_a_viewer_of_an_earlier_version_are_read(pen: Pen, tmp_path: Path) -> None:
    judge = {"model": "m", "base_url": "http://127.0.0.1:1"}
    digest = digest_of({"kind": "vlm", "recipe": judge})
    old, new, moved = (
        Job(
            Recipe(Request("", seed=0, ask="how many?"), Subject("gpt", "vlm", "m", {"judge": said})),
            TrialKey("s", "c"),
        )
        for said in (digest, judge, judge | {"base_url": "http://127.0.0.1:2"})
    )
    recorded(tmp_path, pen, old)
    assert replay(tmp_path).generate(new).answer == "two"
    with pytest.raises(GenerationError, match="nothing is recorded"):
        replay(tmp_path).generate(moved)
    recorded(tmp_path, pen, new)
    assert replay(tmp_path).generate(moved).answer == "two"


def test_no_secret_reaches_a_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEN_KEY", "pk-very-secret-41")
    know_secrets({"kind": "test", "api_key_env": "PEN_KEY"})

    class Careless(Pen):
        def generate(self, job: Job) -> object:  # type: ignore[override]
            raise GenerationError(self.name, "401 for key pk-very-secret-41", "mind pk-very-secret-41")

    recordings = Recordings(tmp_path)
    with pytest.raises(GenerationError):
        Recording(Careless(), recordings).generate(job(trial("tell pk-very-secret-41")))
    [text] = [path.read_text() for path in tmp_path.rglob("*.json")]
    assert "pk-very-secret-41" not in text
    assert "401 for key ***" in text


def test_a_recording_that_cannot_be_written_keeps_the_image(pen: Pen, tmp_path: Path) -> None:
    (tmp_path / "entries").write_text("in the way")
    recordings = Recordings(tmp_path)
    [result] = generate_all([trial()], {"pen": Recording(pen, recordings)})
    assert isinstance(result, Generated)
    assert "the recording lacks s/c/base-s0" in recordings.problem


def test_a_recorded_provider_is_still_the_provider(pen: Pen, tmp_path: Path) -> None:
    recording = Recording(pen, Recordings(tmp_path))
    assert isinstance(recording, Provider)
    assert recording.capabilities is pen.capabilities
    assert not recording.reports_sending
    recording.ready()
    recording.close()
    assert pen.closed
