"""Asking the questions of a check at the same time."""

import threading
from collections.abc import Callable, Sequence

from harness.vision.protocol import Question, Reply, ViewerError

AT_ONCE = 4
"""Most questions about one image that are asked at the same time."""


def ask_all(questions: Sequence[Question], ask: Callable[[Question], Reply]) -> list[Reply | ViewerError]:
    """Return the reply to each question, or its ViewerError, in the order of the questions.

    Up to AT_ONCE are asked at the same time, in daemon threads: an interrupt waits for none. Raises the first of what
    else ``ask`` raises, when every question is answered.
    """
    found: dict[int, Reply | ViewerError | Exception] = {}
    left = iter(list(enumerate(questions)))
    turn = threading.Lock()

    def work() -> None:
        while True:
            with turn:
                index, question = next(left, (-1, None))
            if question is None:
                return
            try:
                found[index] = ask(question)
            except Exception as error:  # raised again below, where it is no answer
                found[index] = error

    threads = [threading.Thread(target=work, daemon=True) for _ in range(min(AT_ONCE, len(questions)) - 1)]
    for thread in threads:
        thread.start()
    work()
    for thread in threads:
        thread.join()
    replies = []
    for index in range(len(questions)):
        reply = found[index]
        if isinstance(reply, Exception) and not isinstance(reply, ViewerError):
            raise reply
        replies.append(reply)
    return replies
