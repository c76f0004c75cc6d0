"""Pictures of a route: accepted only when it is pinned to one provider."""

from collections.abc import Callable
from typing import Any

import pytest

from harness.baseline import Baselines, NotPinned, Selection, accept
from harness.records import Recipe, Request, Subject


def routed(pin: str | None = None, name: str = "r") -> Recipe:
    settings: dict[str, Any] = {"over": ["mini", "backup"], "members": {}}
    return Recipe(Request("a fox", seed=0), Subject(name, "route", None, settings | ({"pin": pin} if pin else {})))


def take(baselines: Baselines, run: Any, **more: Any) -> Any:
    return accept(baselines, run.folder, Selection(), reason="seen", who="Test Person", **more)


@pytest.mark.parametrize("unproven", [False, True])
def test_an_open_route_has_no_baseline(baselines: Baselines, new_run: Callable[[], Any], unproven: bool) -> None:
    run = new_run()
    run.add("ant")
    for case in ("bee", "cow", "dog", "eel"):
        run.add(case, recipe=routed())
    with pytest.raises(NotPinned) as caught:
        take(baselines, run, unproven=unproven)
    assert str(caught.value) == (
        "nothing accepted: the next picture of the route 'r' may be drawn by mini or backup: "
        "quickstart/bee/base-s0, quickstart/cow/base-s0, quickstart/dog/base-s0 and 1 more"
    )
    assert caught.value.remedy == "say `pin: mini` under providers.r, run again and accept that run"
    assert not baselines.root.exists()


def test_who_drew_is_proposed_as_the_pin(baselines: Baselines, new_run: Callable[[], Any]) -> None:
    run = new_run()
    run.add("bee", recipe=routed(), environment={"routed": "backup"})
    with pytest.raises(NotPinned) as caught:
        take(baselines, run)
    assert caught.value.remedy == "say `pin: backup` under providers.r, run again and accept that run"


def test_a_pinned_route_has(baselines: Baselines, new_run: Callable[[], Any]) -> None:
    run = new_run()
    run.add("bee", recipe=routed("backup"))
    assert [change.action for change in take(baselines, run)] == ["new"]
