"""What can be wrong with a store."""

from dataclasses import dataclass

from harness.errors import HarnessError


class StoreError(HarnessError):
    """Base of the faults of this room."""


@dataclass(eq=False, repr=False)
class StoreFailedError(StoreError):
    """A store that cannot be used: it does not answer, or refuses. ``store`` is its address, ``problem`` says how."""

    store: str
    problem: str
    hint: str = "check `store.url` and `store.endpoint` (harness config) and the network, then try again"

    def __str__(self) -> str:
        return f"the store {self.store} {self.problem}"


@dataclass(eq=False, repr=False)
class ObjectMissingError(StoreError):
    """An image that the store does not hold."""

    store: str
    key: str
    hint = "push it from where it was accepted: harness store push"

    def __str__(self) -> str:
        return f"the store {self.store} does not hold {self.key}"


@dataclass(eq=False, repr=False)
class ObjectCorruptError(StoreError):
    """Other bytes than those that a key names; they are never overwritten."""

    store: str
    key: str
    hint = "delete that object by hand, then push the image again from where it was accepted: harness store push"

    def __str__(self) -> str:
        return f"the store {self.store} holds other bytes under {self.key}"
