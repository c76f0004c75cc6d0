"""Suites from files, and suites that are defined in Python: both are read by the one reader, with its complaints."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Unpack

from harness.errors import UsageError
from harness.suite import CaseFields, SuiteFields, SuiteText, load


class Case:
    """A case of a suite: a prompt with what is expected of its images. ``fields`` are those of a case in YAML.

    It is validated as part of its suite. ``data`` is what YAML would hold.
    """

    def __init__(self, id: str, prompt: str | None = None, **fields: Unpack[CaseFields]) -> None:  # noqa: A002
        self.id = id
        stated = {"id": id, "prompt": prompt, **fields}
        self.data: Mapping[str, Any] = {key: value for key, value in stated.items() if value is not None}

    def __repr__(self) -> str:
        return f"Case({', '.join(f'{key}={value!r}' for key, value in self.data.items())})"


class Suite:
    """A suite of cases, as a YAML file holds one. ``fields`` are those of a suite in YAML.

    Paths in it start at ``folder``. Raises SuiteError with every problem found, as for a file; the lines are those of
    ``source.text``, the same suite in a form that can be saved as a YAML file.
    """

    def __init__(
        self,
        name: str,
        cases: Iterable[Case | Mapping[str, Any]],
        *,
        folder: str | os.PathLike[str] = ".",
        **fields: Unpack[SuiteFields],
    ) -> None:
        if more := sorted({"suite", "cases"} & set(fields)):
            raise UsageError(f"suite {name!r:.80}: `{more[0]}` is given twice", "keep one of the two")
        listed = [case.data if isinstance(case, Case) else case for case in cases]
        self._read(SuiteText.of_data({"suite": name, **fields, "cases": listed}, Path(folder)))

    def _read(self, source: SuiteText) -> None:
        load([source])
        data = source.data()
        self.source = source
        self.name: str = data["suite"]
        self.cases: tuple[Case, ...] = tuple(Case(**case) for case in data["cases"])

    def __repr__(self) -> str:
        return f"<harness.Suite {self.name}: {len(self.cases)} case{'' if len(self.cases) == 1 else 's'}>"


def load_suite(path: str | os.PathLike[str]) -> Suite:
    """Return the suite of a YAML file, validated. Raises SuiteError with every problem, its line and column."""
    suite = Suite.__new__(Suite)
    suite._read(SuiteText.of_file(Path(path)))
    return suite
