"""Laws of the store and its cache."""

import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.image import file_digest
from harness.records import StoreOptions, url_trouble
from harness.store import ImageKey, ObjectCorruptError, ObjectMissingError, Store, StoreFailedError, create_file
from harness.store.cache import Cache
from harness.store.content import FAILURES
from harness.store.files import create_file as created

QUICK = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def key_of(data: bytes) -> ImageKey:
    return ImageKey(file_digest(data), "png")


def store(folder: Path, cache_gb: float = 1.0) -> Store:
    (folder / "store").mkdir(exist_ok=True)
    return Store(StoreOptions("../store", str(folder / "store"), cache=str(folder / "cache"), cache_gb=cache_gb))


@QUICK
@given(st.lists(st.binary(max_size=200), max_size=8))
def test_what_is_pushed_comes_back_and_is_pushed_once(tmp_path: Path, images: list[bytes]) -> None:
    own = store(tmp_path)
    listed = {one.key for one in own.listed()}
    for data in images:
        assert own.push(key_of(data), data) == (str(key_of(data)) not in listed)
        listed.add(str(key_of(data)))
        assert own.fetch(key_of(data)) == own.read(key_of(data)) == data
    assert {one.key for one in own.listed()} == listed
    assert all(str(ImageKey.read(key)) == key for key in listed)


@QUICK
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 400)), max_size=30), st.integers(0, 1000))
def test_a_cache_never_holds_more_than_its_limit_nor_other_bytes(
    tmp_path_factory: pytest.TempPathFactory, puts: list[tuple[int, int]], limit: int
) -> None:
    folder = tmp_path_factory.mktemp("cache")
    cache = Cache(folder, limit)
    for name, size in puts:
        cache.put(f"images/{name}-{size}", bytes([name]) * size)
        assert sum(path.stat().st_size for path in folder.glob("images/*")) <= limit
        held = cache.get(f"images/{name}-{size}")
        assert held in (None, bytes([name]) * size)
        assert held is not None or size > limit * 0.9


def test_an_altered_file_of_the_cache_is_fetched_again(tmp_path: Path) -> None:
    own, data = store(tmp_path), b"an image"
    own.push(key_of(data), data)
    own.fetch(key_of(data))
    path = tmp_path / "cache" / str(key_of(data))
    path.write_bytes(b"altered")
    assert own.fetch(key_of(data)) == data
    assert path.read_bytes() == data


def test_a_cache_that_cannot_be_written_is_said_and_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    own, data = store(tmp_path), b"an image"
    own.push(key_of(data), data)
    with pytest.warns(match="cannot be cached"):
        assert own.fetch(key_of(data)) == data


def test_a_missing_and_a_corrupt_object_are_told_apart(tmp_path: Path) -> None:
    own, data = store(tmp_path), b"an image"
    with pytest.raises(ObjectMissingError) as missing:
        own.fetch(key_of(data))
    assert missing.value.key == str(key_of(data))
    (tmp_path / "store" / "images").mkdir()
    (tmp_path / "store" / str(key_of(data))).write_bytes(b"other")
    for act in (lambda: own.fetch(key_of(data)), lambda: own.push(key_of(data), data)):
        with pytest.raises(ObjectCorruptError):
            act()
    assert not (tmp_path / "cache").exists()


def test_a_store_that_failed_several_times_is_left_alone_for_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, data, now = store(tmp_path), b"an image", [0.0]
    monkeypatch.setattr("harness.store.content.time.monotonic", lambda: now[0])
    own.push(key_of(data), data)
    (tmp_path / "store").rename(tmp_path / "away")
    for _ in range(FAILURES):
        with pytest.raises(StoreFailedError):
            own.read(key_of(data))
    (tmp_path / "away").rename(tmp_path / "store")
    with pytest.raises(StoreFailedError):
        own.read(key_of(data))
    now[0] += 61
    assert own.read(key_of(data)) == data


def test_of_many_writers_of_one_file_one_writes_it_whole(tmp_path: Path) -> None:
    results: list[bool] = []
    datas = [bytes([number]) * 100_000 for number in range(12)]
    start = threading.Barrier(len(datas))

    def write(data: bytes) -> None:
        start.wait()
        results.append(create_file(tmp_path / "deep" / "image.png", data))

    threads = [threading.Thread(target=write, args=(data,)) for data in datas]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results.count(True) == 1
    assert (tmp_path / "deep" / "image.png").read_bytes() in datas
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["image.png"]


def test_a_write_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, data: bytes) -> int:
        with path.open("wb") as file:
            file.write(data[:3])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space"):
        created(tmp_path / "image.png", b"an image")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("url", ["s3://b", "s3://b/p/q", "gs://b/p", "az://c/p", "file:///p", "/p", "../p", "p"])
def test_addresses(url: str) -> None:
    assert not url_trouble(url)


@pytest.mark.parametrize("url", ["s3://u:p@b", "s3://b?x=1", "s3://b#x", "s3://", "http://b/p", "file://p", "b2://b"])
def test_no_addresses(url: str) -> None:
    assert url_trouble(url)
