"""Threads that are used again, and never waited for."""

import threading

import pytest

from harness.generation.threads import Threads


def test_a_thread_is_used_again_and_no_work_waits_for_other_work() -> None:
    threads, seen = Threads(), []
    finished = threading.Semaphore(0)
    hung = threading.Event()
    threads.run(hung.wait, finished.release)
    for _ in range(20):
        threads.run(lambda: seen.append(threading.current_thread()), finished.release)
        assert finished.acquire(timeout=5)
    assert len(set(seen)) == 1
    threads.close()
    seen[0].join(5)
    assert not seen[0].is_alive()
    hung.set()


def test_work_that_raises_ends_its_thread_and_holds_up_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    threads, finished, said = Threads(), threading.Semaphore(0), []
    reported: list[type[BaseException]] = []
    monkeypatch.setattr(threading, "excepthook", lambda args: reported.append(args.exc_type))
    threads.run(lambda: [][0], finished.release)
    assert finished.acquire(timeout=5)
    threads.run(lambda: said.append("more"), finished.release)
    assert finished.acquire(timeout=5)
    assert said == ["more"]
    assert reported == [IndexError]
    threads.close()
