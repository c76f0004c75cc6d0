"""What goes with what in a suite file, whatever its provider."""

from collections.abc import Iterable, Mapping
from typing import Any

from harness.records import Rule
from harness.suite.model import CaseEntry, ProviderEntry, SuiteEntry, ViewerEntry
from harness.suite.names import name_trouble
from harness.suite.plan import Variant
from harness.suite.provider_spec import secret_trouble
from harness.suite.read import SuiteFile
from harness.vocabulary import RuleKind

NOT_OF_A_QUESTION = (
    "prompt", "negative_prompt", "checks", "mask", "strength", "size", "aspect", "samples", "drift", "warn", "ignore",
    "determinism", "confirm", "profile", "fallback", "per_profile", "viewer", "embedding",
)  # fmt: skip
"""Keys of a case that say what an image shows or how it is judged: an answer is only compared with `answer`."""


def check_suite(entry: SuiteEntry, source: SuiteFile) -> None:
    """Complain about names and secrets of providers, and ids that clash."""
    check_providers(entry.providers, source)
    check_providers(entry.viewers, source, "viewers")
    _check_ids(entry, source)
    if entry.provider is not None and entry.defaults.provider is not None:
        source.complain(("defaults", "provider"), "`provider` is given twice", "keep one of the two", at_key=True)


def check_case(source: SuiteFile, where: tuple[str | int, ...], case: CaseEntry) -> None:
    """Complain about keys of a case that do not go together."""
    complain = source.complain
    given: Any
    if case.ask is not None:
        for key, needed in (("input_image", case.input_image), ("answer", case.answer)):
            if needed is None:
                complain((*where, "ask"), f"`ask` needs `{key}`", f"add `{key}:`", at_key=True)
        for key in NOT_OF_A_QUESTION:
            if getattr(case, key) is not None:
                complain((*where, key), f"`{key}` does not go with `ask`", "make it two cases", at_key=True)
    else:
        if case.prompt is None:
            complain((*where, "id"), f"case `{case.id}` has no `prompt`", "add `prompt:`, or `ask:` for a question")
        elif not case.prompt.strip():
            complain((*where, "prompt"), "`prompt` is empty")
        if case.answer is not None:
            complain((*where, "answer"), "`answer` goes with `ask`", at_key=True)
    for key, given in (("mask", case.mask), ("strength", case.strength), ("input_images", case.input_images)):
        if given is not None and case.input_image is None:
            complain((*where, key), f"`{key}` goes with `input_image`", "add `input_image:`", at_key=True)


def check_amounts(source: SuiteFile, where: tuple[str | int, ...], case: CaseEntry, rule: Rule) -> None:
    """Complain about seeds or samples of a case that its drift rule, given there or in the defaults, does not use."""
    if rule.kind == RuleKind.SET and case.seeds is not None:
        source.complain((*where, "seeds"), "`drift: set` is for unseeded images", "say `samples:` instead of `seeds:`",
                        at_key=True)  # fmt: skip
    if rule.kind != RuleKind.SET and case.samples is not None:
        source.complain((*where, "samples"), "`samples` goes with `drift: set`", "say `seeds:`", at_key=True)


def check_defaults(entry: SuiteEntry, source: SuiteFile, variants: Iterable[Variant]) -> None:
    """Complain about samples of the defaults where no case is a set; seeds of the defaults are for any seeded case."""
    if entry.defaults.samples is not None and not any(variant.is_set for variant in variants):
        message = "`samples`: no case is unseeded (`drift: set`)"
        source.complain(("defaults", "samples"), message, "take it out", at_key=True)


def check_providers(
    providers: Mapping[str, ProviderEntry | ViewerEntry], source: SuiteFile, section: str = "providers"
) -> None:
    """Complain about names of providers (or of viewers, in their ``section`` of the file), and secrets among their
    settings."""
    for name, provider in providers.items():
        if trouble := name_trouble(name):
            source.complain((section, name), f'name "{name[:60]}" {trouble}', at_key=True)
        if secret := secret_trouble(provider.__pydantic_extra__):
            source.complain((section, name, secret[0]), secret[1], secret[2], at_key=True)


def _check_ids(entry: SuiteEntry, source: SuiteFile) -> None:
    first: dict[str, int] = {}
    for index, case in enumerate(entry.cases):
        where = ("cases", index, "id")
        earlier = first.setdefault(case.id.lower(), index)
        if earlier == index:
            continue
        line = source.place(("cases", earlier, "id")).line
        if entry.cases[earlier].id == case.id:
            source.complain(where, f"duplicate id `{case.id}`, first on line {line}")
        else:
            other = entry.cases[earlier].id
            message = f"id `{case.id}` differs from `{other}` (line {line}) only in case"
            source.complain(where, message, "on macOS and Windows both would be one folder")


def check_paired(source: SuiteFile, where: tuple[str | int, ...], case: CaseEntry, rule: Rule) -> None:
    """Complain about paired checks of images that are one set: each has no accepted image of its own."""
    for index, check in enumerate(case.checks or ()):
        if check.paired and rule.kind == RuleKind.SET:
            hint = "leave out `paired`: the rate of each check is compared with that of the accepted set"
            source.complain((*where, "checks", index, "paired"), "`paired` does not go with `drift: set`", hint)
