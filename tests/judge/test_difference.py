from harness.judge import differences
from harness.records import InputImage, Recipe, Request, Subject
from tests.judge.evidences import recipe


def reported(*pair: object) -> list[str]:
    return [str(d) for d in differences(*pair)]  # type: ignore[arg-type]


def test_nothing_differs() -> None:
    assert reported(recipe(steps=4), {"cpu": "a"}, recipe(steps=4), {"cpu": "a"}) == []


def test_each_part_is_named_in_order() -> None:
    old = Recipe(Request("a", seed=1), Subject("p", "painter", "m@1", {"steps": 4}))
    new = Recipe(Request("b", seed=1), Subject("p", "painter", "m@2", {"steps": 4, "style": "flat"}))
    assert reported(old, {"torch": "2.1"}, new, {"cpu": {"isa": "AVX2"}}) == [
        "request.prompt: a → b",
        "subject.model: m@1 → m@2",
        "subject.settings.style: (none) → flat",
        "environment.cpu: (none) → {'isa': 'AVX2'}",
        "environment.torch: 2.1 → (none)",
    ]


def test_input_images_count_by_what_they_show_not_where_they_lie() -> None:
    old, moved, other = (
        Recipe(Request("a", input_image=InputImage(path, digest * 32)), Subject("p", "k"))
        for path, digest in (("a.png", "ab"), ("b.png", "ab"), ("a.png", "cd"))
    )
    assert reported(old, {}, moved, {}) == []
    assert reported(old, {}, other, {}) == [f"request.input_image: {'ab' * 6} → {'cd' * 6}"]


def test_what_only_names_the_occasion_is_no_cause() -> None:
    assert reported(recipe(), {"request_id": "1"}, recipe(), {"request_id": "2"}) == []


def test_long_values_are_cut() -> None:
    assert len(reported(recipe("a" * 500), {}, recipe("b" * 500), {})[0]) < 150


def test_digests_are_cut_to_what_a_person_compares() -> None:
    assert reported(recipe(), {"weights": "a" * 64}, recipe(), {"weights": "b" * 64}) == [
        f"environment.weights: {'a' * 12} → {'b' * 12}"
    ]
