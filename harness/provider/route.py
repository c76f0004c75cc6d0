"""``route``: several providers in an order; the next one generates where the one before could not begin.

It goes on to the next only before anything of a reply has come: not reached, turned away, a server that failed, a
program of one's own that gave nothing. Never after a refusal, nor after an image that was paid for. What each generates
is reported by ``routed`` in its environment. A suite's ``over`` names the providers; its loader puts what they are
under ``members``.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, JsonValue, model_validator
from pydantic.json_schema import SkipJsonSchema

from harness.errors import (
    FieldError,
    GenerationCancelledError,
    GenerationError,
    GenerationRefusedError,
    GenerationTimeoutError,
    nearest,
)
from harness.provider.adapter import Adapter
from harness.provider.ending import Ending
from harness.provider.options import ProviderOptions, Text
from harness.provider.protocol import Capabilities, Job, LoggedProvider, Output, Provider, ReadyProvider
from harness.provider.registry import adapter_of, capabilities_of, create, identity_of, look_at, price_of
from harness.provider.remote.base import Remote
from harness.records import Recipe, Subject
from harness.vocabulary import ANY_SETTING, ONLY_BY_NAME, SEED_PROMISES

OWN = ("over", "pin", "members")


@dataclass(frozen=True, slots=True)
class Member:
    """One provider of a route. ``settings`` and ``model`` are what of its options shapes an image."""

    name: str
    kind: str
    options: Mapping[str, Any]
    root: str
    model: str | None
    settings: Mapping[str, Any]

    def recipe(self, recipe: Recipe) -> Recipe:
        """Return the recipe as this provider gets it: its own subject, overridden by what the case says."""
        stated = {key: value for key, value in recipe.subject.settings.items() if key not in OWN}
        subject = Subject(self.name, self.kind, recipe.subject.model or self.model, {**self.settings, **stated})
        return Recipe(recipe.request, subject)


class RouteOptions(ProviderOptions):
    """Options of a route."""

    notes = (
        "The next is asked only before anything of a reply came: not reached, turned away for its rate, a failure of "
        "the server, a free program here that gave nothing. Never after a refusal, a timeout, a cancellation or a "
        "paid reply.",
        "Its seed promise is the weakest of all, it honors what all honor, and its price is the highest.",
        "`routed` in the environment says who generated. Images are accepted as baselines only of a pinned route.",
    )

    over: Annotated[list[Text], Field(min_length=1)] = Field(examples=["[mini, backup]"])
    """Names of other providers, in the order they are asked."""
    pin: Text | None = None
    """The one that alone generates: baselines need it."""
    members: SkipJsonSchema[dict[str, dict[str, JsonValue]]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _named(self) -> Self:
        if self.pin is not None and self.pin not in self.over:
            hint = nearest(self.pin, self.over)
            raise FieldError(f"`pin` names `{self.pin}`, which is not one of `over`", hint, ["pin"])
        if any(one not in self.members for one in self.over):
            hint = "name the route in a suite or in harness.toml"
            raise FieldError("`over` names providers of a suite", hint, ["over"])
        return self

    def opened(self, root: str = "") -> tuple[Member, ...]:
        """Return the providers in order, only the pinned one if there is a pin. ``root`` is for members without one."""
        return tuple(_member(one, self.members[one], root) for one in self.over if self.pin in (None, one))

    @property
    def capabilities(self) -> Capabilities:
        return _common(self.opened())

    def price_of(self, recipe: Recipe) -> float | None:
        """Return the highest price among them: a budget must hold for each of them."""
        prices = [price_of(member, member.recipe(recipe)) for member in self.opened()]
        return None if None in prices else max(price for price in prices if price is not None)

    def called(self, model: str | None = None) -> Iterator[tuple[str, str]]:
        """Yield the models that its providers call."""
        for member in self.opened():
            read = adapter_of(member).options.read(member.name, member.options)
            yield from read.called(member.model or model)

    def look(self, provider: str, root: Path) -> None:  # noqa: ARG002 - each has its own name
        """Look at what the options of its providers name."""
        for member in self.opened(str(root)):
            look_at(member)

    def identity_of(self, recipe: Recipe, root: Path) -> Mapping[str, Any] | None:  # noqa: ARG002 - each has its own
        """Return that of the pinned provider; None without a pin: which one generates is not known before."""
        members = self.opened()
        return identity_of(members[0], members[0].recipe(recipe)) if len(members) == 1 else None


class Route:
    """An ordered list of providers as one."""

    kind = "route"
    reports_sending = True

    def __init__(self, name: str, options: RouteOptions, root: Path) -> None:
        self.name = name
        self._members = options.opened(str(root))
        self.capabilities = _common(self._members)
        with ExitStack() as opened:
            self._providers: list[Provider] = []
            for member in self._members:
                provider = create(member.name, member.kind, member.options, Path(member.root))
                opened.callback(provider.close)
                self._providers.append(provider)
            self._opened = opened.pop_all()

    @property
    def endings(self) -> tuple[Ending, ...]:
        """The ends of models that listings named."""
        return tuple(one for provider in self._providers for one in getattr(provider, "endings", ()))

    def ready(self) -> None:
        """Ask every provider whether it can generate. Raises HarnessError: what one of them lacks."""
        for provider in self._providers:
            if isinstance(provider, ReadyProvider):
                provider.ready()

    def generate(self, job: Job) -> Output:
        """Generate by the first provider that can. Raises the fault of the last one asked, or GenerationError with
        all."""
        end = time.monotonic() + job.timeout
        failed: list[GenerationError] = []
        for member, provider in zip(self._members, self._providers, strict=True):
            if job.cancellation is not None and job.cancellation.is_cancelled:
                raise GenerationCancelledError(self.name, possibly_billed=any(f.possibly_billed for f in failed))
            left = end - time.monotonic()
            if left <= 0:
                raise GenerationTimeoutError(
                    self.name, job.timeout, possibly_billed=any(f.possibly_billed for f in failed)
                )
            patient = job.patient and member is self._members[-1]
            handed = replace(job, recipe=member.recipe(job.recipe), timeout=left, patient=patient)
            if job.sending and provider.capabilities.price != 0 and not getattr(provider, "reports_sending", False):
                job.sending()
            try:
                generated = provider.generate(handed)
            except GenerationError as fault:
                if not may_go_on(provider, fault):
                    raise
                failed.append(fault)
                continue
            return replace(generated, environment=_environment(generated.environment, member.name, failed))
        if len(failed) == 1:
            raise failed[0]
        parsed = "; ".join(str(fault) for fault in failed)
        raise GenerationError(
            self.name,
            f"none of {len(failed)} providers generated: {parsed}",
            failed[-1].hint,
            possibly_billed=any(fault.possibly_billed for fault in failed),
            failover=True,
        )

    def log_to(self, folder: Path) -> None:
        """Forward that the logs belong into a folder too."""
        for provider in self._providers:
            if isinstance(provider, LoggedProvider):
                provider.log_to(folder)

    def close(self) -> None:
        """Close every provider."""
        self._opened.close()


def may_go_on(provider: Provider, fault: GenerationError) -> bool:
    """Return whether the next provider may be asked after this fault: nothing of a reply had come.

    A fault that does not say so counts as such only for what runs here for free.
    """
    if isinstance(fault, (GenerationRefusedError, GenerationTimeoutError, GenerationCancelledError)):
        return False
    if fault.failover is not None:
        return fault.failover
    return not fault.possibly_billed and provider.capabilities.price == 0 and not isinstance(provider, Remote)


def _environment(environment: Mapping[str, Any], name: str, failed: Sequence[GenerationError]) -> dict[str, Any]:
    parsed = dict(environment) | {"routed": name}
    if failed:
        skipped = [{"provider": fault.provider, "problem": fault.problem} for fault in failed]
        parsed["reply"] = {**parsed.get("reply", {}), "failed": skipped}
    return parsed


def _member(name: str, given: Mapping[str, Any], root: str) -> Member:
    options = given.get("options", {})
    settings = given.get("settings", options)
    model = given.get("model", options.get("model"))
    others = {key: value for key, value in settings.items() if key != "model"}
    return Member(name, given["kind"], options, given.get("root", root), model, others)


def _common(members: Sequence[Member]) -> Capabilities:
    """Return what every one of them can do: the weakest promise, what all honor, the highest price, the fewest at a
    time.
    """
    all_can = [capabilities_of(member) for member in members]
    known = [can.reports for can in all_can if can.reports is not None]
    reports = frozenset({"routed"}).union(*known) if len(known) == len(all_can) else None
    if len(all_can) == 1:
        return replace(all_can[0], batch=False, isolated=False, reports=reports)
    honors = frozenset(
        word
        for word in frozenset().union(*(can.honors for can in all_can))
        if all(word in can.honors or (ANY_SETTING in can.honors and word not in ONLY_BY_NAME) for can in all_can)
    )
    prices = [can.price for can in all_can]
    return Capabilities(
        seed=min((can.seed for can in all_can), key=SEED_PROMISES.index),
        honors=honors,
        price=None if None in prices else max(price for price in prices if price is not None),
        concurrency=min(can.concurrency for can in all_can),
        keyed=any(can.keyed for can in all_can),
        choices={word: _allowed(word, all_can) for can in all_can for word in can.choices},
        reports=reports,
        asks_need_image=any(can.asks_need_image for can in all_can),
    )


def _allowed(word: str, all_can: Sequence[Capabilities]) -> tuple[Any, ...]:
    """Return the values of a setting that none of them refuses."""
    limits = [can.choices[word] for can in all_can if word in can.choices]
    return tuple(value for value in limits[0] if all(value in limit for limit in limits))


ADAPTER = Adapter("route", "other providers in an order: failover", Route, RouteOptions)
