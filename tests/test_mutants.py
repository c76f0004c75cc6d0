"""The mutations that ``make mutants`` tries."""

import ast
import sys

import pytest

tools = pytest.importorskip("tools.mutants.operators", reason="needs the sources of the checkout")
pytestmark = pytest.mark.checkout

SOURCE = '''
"""A module."""
import sys

LIMIT: int = 1

class Box(object, metaclass=type):
    @property
    def full(self, much: bool = True) -> bool:
        if not self.count or self.count + 1 >= LIMIT and self.name in ("ä", -self.count):
            self.count += 2
            return f"{1 + 1}"
        return None

if sys.platform == "win32":
    ONLY = 1 < 2
'''


def test_each_mutation_changes_one_place_into_other_code() -> None:
    found = list(tools.mutations("a.py", SOURCE))
    assert any("ONLY" in mutation.before for mutation in found) == (sys.platform == "win32")
    found = [mutation for mutation in found if "ONLY" not in mutation.before]
    assert {(mutation.scope, mutation.text) for mutation in found} == {
        ("", "0"),
        ("Box.full", "(self.count + 1 < LIMIT)"),
        ("Box.full", "(self.count + 1 > LIMIT)"),
        ("Box.full", "(self.count - 1)"),
        ("Box.full", "(self.count)"),
        ("Box.full", "(self.name not in ('ä', -self.count))"),
        ("Box.full", "(not self.count and (self.count + 1 >= LIMIT and self.name in ('ä', -self.count)))"),
        ("Box.full", "(self.count + 1 >= LIMIT or self.name in ('ä', -self.count))"),
        ("Box.full", "0"),
        ("Box.full", "False"),
        ("Box.full", "None"),
        ("Box.full", "pass"),
    }
    same = ast.dump(ast.parse(SOURCE))
    changed = {ast.dump(ast.parse(mutation.apply(SOURCE.encode()))) for mutation in found}
    assert len(changed) == len(found)
    assert same not in changed


def test_a_sample_takes_one_mutation_of_a_line_and_keeps_it_when_lines_move() -> None:
    found = list(tools.mutations("a.py", SOURCE))
    sample = tools.sample(found, 3, seed=1)
    assert len({mutation.before for mutation in sample}) == 3
    moved = tools.sample(tools.mutations("a.py", "\n\n" + SOURCE), 3, seed=1)
    assert [mutation.name for mutation in moved] == [mutation.name for mutation in sample]
    assert len(tools.sample(found, 99, seed=1)) == len({mutation.before for mutation in found})
