"""What differs between two scenes."""

import pytest

from harness.prompt import Changes, changed_things, interpret

BASE = interpret("a red house and two green trees on the hills")


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("same but with a blue house", Changes(changed=((0, 0),))),
        ("the same but with three trees", Changes(changed=((1, 1),))),
        ("the same without the house", Changes(removed=(0,))),
        ("add a red circle", Changes(added=(3,))),
        ("replace the house with a heart", Changes(changed=((0, 0),))),
        ("the same at night", Changes(added=(2, 3), removed=(2,), background=True)),
        ("the same in outline style", Changes(style=True)),
    ],
)
def test_changes_of_an_edit(prompt: str, expected: Changes) -> None:
    assert changed_things(BASE, interpret(prompt, base=BASE)) == expected


def test_the_same_scene_has_no_changes() -> None:
    assert changed_things(BASE, BASE) == Changes()
