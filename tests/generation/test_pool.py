import threading
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from harness.errors import GenerationError, GenerationTimeoutError
from harness.generation import Budget, Failed, Generated, UnknownPriceError
from harness.provider.protocol import Capabilities, Job, Output
from harness.records import Policy, Recipe, Request, Subject, Trial, TrialKey
from tests.generation.conftest import generate_all


class Recorder:
    """A provider that notes how many of its calls overlap."""

    kind = "test"

    def __init__(self, name: str = "p", concurrency: int = 2, price: float | None = 0.0, seconds: float = 0.0) -> None:
        self.name, self.seconds = name, seconds
        self.capabilities = Capabilities(concurrency=concurrency, price=price)
        self.lock, self.now, self.most, self.generated = threading.Lock(), 0, 0, Counter[int]()

    def generate(self, job: Job) -> Output:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
            self.generated[job.recipe.request.seed or 0] += 1
        time.sleep(self.seconds)
        with self.lock:
            self.now -= 1
        if "fault" in job.recipe.request.prompt:
            raise GenerationError(self.name, "asked to fail")
        if "crash" in job.recipe.request.prompt:
            raise ZeroDivisionError("in foreign code\nsecond line")
        if "hang" in job.recipe.request.prompt:
            time.sleep(30)
        return Output(b"x", cost=self.capabilities.price)

    def close(self) -> None:
        pass


def trials(count: int, prompt: str = "x", provider: str = "p", timeout: float = 10) -> Iterator[Trial]:
    for seed in range(count):
        recipe = Recipe(Request(prompt, seed=seed), Subject(provider, "test"))
        yield Trial(TrialKey("s", "c", seed=seed), recipe, Policy(timeout=timeout))


def test_every_trial_is_generated_once_and_the_limit_holds() -> None:
    provider = Recorder(concurrency=3, seconds=0.002)
    results = list(generate_all(trials(50), {"p": provider}))
    assert sorted(r.trial.key.seed or 0 for r in results) == list(range(50))
    assert provider.most == 3
    assert set(provider.generated.values()) == {1}


def test_a_slow_provider_does_not_hold_up_another() -> None:
    slow, fast = Recorder("slow", concurrency=1, seconds=0.4), Recorder("fast", concurrency=1)
    mixed = [*trials(3, provider="slow"), *trials(20, provider="fast")]
    order = [r.trial.recipe.subject.provider for r in generate_all(mixed, {"slow": slow, "fast": fast})]
    assert order[:20] == ["fast"] * 20


def test_faults_and_crashes_are_results() -> None:
    provider = Recorder()
    [fault] = generate_all(trials(1, "fault"), {"p": provider})
    assert isinstance(fault, Failed)
    assert str(fault.fault) == "p: asked to fail"
    [crash] = generate_all(trials(1, "crash"), {"p": provider})
    assert isinstance(crash, Failed)
    assert str(crash.fault) == "p: ZeroDivisionError: in foreign code second line"


def test_a_hung_generate_is_left_behind_and_the_rest_goes_on() -> None:
    provider = Recorder(concurrency=1)
    results = list(generate_all([*trials(1, "hang", timeout=0.1), *trials(3)], {"p": provider}))
    assert isinstance(results[0], Failed)
    assert isinstance(results[0].fault, GenerationTimeoutError)
    assert all(isinstance(r, Generated) for r in results[1:])
    assert len(results) == 4


def test_what_came_in_time_is_kept_while_who_takes_it_is_busy() -> None:
    results = []
    for result in generate_all(trials(4, timeout=0.1), {"p": Recorder(concurrency=4, seconds=0.05)}):
        if not results:
            time.sleep(1.2)  # past the deadline of all
        results.append(result)
    assert [isinstance(result, Generated) for result in results] == [True] * 4


def test_trials_are_read_lazily() -> None:
    read = 0

    def counted() -> Iterator[Trial]:
        nonlocal read
        for trial in trials(100_000):
            read += 1
            yield trial

    stop = threading.Event()
    for number, _ in enumerate(generate_all(counted(), {"p": Recorder()}, stop=stop)):
        if number == 10:
            stop.set()
    assert read < 50


def test_stop_yields_what_is_being_generated() -> None:
    stop, provider = threading.Event(), Recorder(concurrency=4, seconds=0.05)
    results = []
    for result in generate_all(trials(100), {"p": provider}, stop=stop):
        stop.set()
        results.append(result)
    assert len(results) == sum(provider.generated.values())


def test_the_budget_is_never_exceeded() -> None:
    provider, budget = Recorder(concurrency=4, price=0.04), Budget(0.5)
    results = list(generate_all(trials(100), {"p": provider}, budget=budget))
    assert len(results) == 12
    assert budget.reached
    assert budget.spent == pytest.approx(0.48)


def test_a_budget_needs_a_price() -> None:
    with pytest.raises(UnknownPriceError) as caught:
        list(generate_all(trials(2), {"p": Recorder(price=None)}, budget=Budget(1)))
    assert "price:" in caught.value.hint


class Leaving(Recorder):
    """A provider that ends its thread, or gives what is no output."""

    def generate(self, job: Job) -> Output:
        words = job.recipe.request.prompt
        if words == "nothing":
            return None  # type: ignore[return-value]
        raise {"exit": SystemExit(3), "interrupt": KeyboardInterrupt(), "leave": GeneratorExit()}[words]


@pytest.mark.parametrize("words", ["exit", "interrupt", "leave", "nothing"])
def test_whatever_a_provider_raises_fails_its_trial_at_once(words: str) -> None:
    # waiting for the time of these trials would take longer than any test may
    results = list(generate_all(trials(5, words, timeout=10**6), {"p": Leaving()}))
    assert [type(result) for result in results] == [Failed] * 5
    assert all(
        isinstance(result, Failed) and not isinstance(result.fault, GenerationTimeoutError) for result in results
    )
