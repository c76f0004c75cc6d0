"""Threads that are used again, and never waited for."""

import threading

import pytest

from harness.generation.workers import Workers


def test_a_thread_is_used_again_and_no_work_waits_for_other_work() -> None:
    workers, seen = Workers(), []
    finished = threading.Semaphore(0)
    hung = threading.Event()
    workers.run(hung.wait, finished.release)
    for _ in range(20):
        workers.run(lambda: seen.append(threading.current_thread()), finished.release)
        assert finished.acquire(timeout=5)
    assert len(set(seen)) == 1
    workers.close()
    seen[0].join(5)
    assert not seen[0].is_alive()
    hung.set()


def test_work_that_raises_ends_its_thread_and_holds_up_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    workers, finished, said = Workers(), threading.Semaphore(0), []
    reported: list[type[BaseException]] = []
    monkeypatch.setattr(threading, "excepthook", lambda args: reported.append(args.exc_type))
    workers.run(lambda: [][0], finished.release)
    assert finished.acquire(timeout=5)
    workers.run(lambda: said.append("more"), finished.release)
    assert finished.acquire(timeout=5)
    assert said == ["more"]
    assert reported == [IndexError]
    workers.close()
