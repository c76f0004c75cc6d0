"""Fields of an environment, and the profiles that they make."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from harness.provider.remote.server_environment import _parsed
from harness.records import (
    FieldValue,
    Policy,
    ProfileRule,
    Rule,
    field_of,
    for_profile,
    profile_of,
    profiles_of,
    scalar,
)
from harness.vocabulary import RuleKind

NAMES = st.sampled_from(["gpu", "gpu_family", "packages.torch", "cpu_level", "threads"])
VALUES: st.SearchStrategy[Any] = st.none() | st.integers(0, 9) | st.booleans() | st.text(max_size=6)
FLAT = st.dictionaries(st.sampled_from(["gpu", "gpu_family", "threads"]), VALUES, max_size=3)
NESTED = st.fixed_dictionaries(
    {"gpu": VALUES, "packages": st.dictionaries(st.just("torch"), VALUES), "process": st.just({"cpu_level": "v3"})}
)
ENVIRONMENTS = FLAT | NESTED
POLICIES = st.builds(
    Policy,
    profile=st.lists(NAMES, max_size=3, unique=True).map(tuple),
    fallback=st.lists(st.lists(NAMES, max_size=2, unique=True).map(tuple), max_size=3).map(tuple),
)


@given(POLICIES, ENVIRONMENTS)
def test_no_baseline_is_looked_for_by_an_unknown_field(policy: Policy, environment: dict[str, Any]) -> None:
    own, chain = profile_of(policy, environment), list(profiles_of(policy, environment))
    assert all(None not in profile.values() for profile in chain)
    if None in own.values():
        assert chain == []
    else:
        assert chain[0] == own
        assert len(chain) == 1 + sum(
            all(field_of(environment, name) is not None for name in names) for names in policy.fallback
        )


@given(ENVIRONMENTS, NAMES, st.integers(0, 9))
def test_a_rule_of_a_profile_holds_for_that_profile_alone(environment: dict[str, Any], name: str, value: int) -> None:
    limits = Rule(RuleKind.LIMITS)
    policy = Policy(profile=(name,), per_profile=(ProfileRule((FieldValue(name, value),), limits),))
    assert (for_profile(policy, environment).drift == limits) == (field_of(environment, name) == value)


@given(st.text(max_size=60))
def test_any_text_of_a_header_is_read_or_left(text: str) -> None:
    found = _parsed(text)
    assert found is None or all(isinstance(name, str) for name in found)
    assert isinstance(scalar(text), (str, int, bool))


def test_a_field_is_looked_up_in_the_environment_before_the_process() -> None:
    environment = {"threads": 8, "packages": {"torch": "2.9"}, "process": {"threads": 2, "cpu_level": "x86-64-v3"}}
    names = ("threads", "packages.torch", "cpu_level", "process.threads", "packages.jax", "threads.torch")
    assert [field_of(environment, name) for name in names] == [8, "2.9", "x86-64-v3", 2, None, None]
