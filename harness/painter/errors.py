"""What can go wrong when an image is asked of the painter."""

from dataclasses import dataclass

from harness.errors import HarnessError


@dataclass(eq=False, repr=False)
class LayoutError(HarnessError):
    """A scene that cannot be laid out; ``why`` says why the last try failed."""

    why: str
    hint = "ask for fewer or smaller things, or for fewer relations between them"

    def __str__(self) -> str:
        return f"the scene cannot be laid out: {self.why}"


@dataclass(eq=False, repr=False)
class WeightsError(HarnessError):
    """A weights file that cannot be used: ``path`` names it, ``problem`` says why."""

    path: str
    problem: str
    hint = "install image-harness again, or name painter@1, painter@2 or a file made by `python -m training.export`"

    def __str__(self) -> str:
        return f"weights {self.path}: {self.problem}"


@dataclass(eq=False, repr=False)
class OptionError(HarnessError):
    """An option outside its range: ``option`` and ``value`` as given, ``allowed`` the values that are allowed."""

    option: str
    value: object
    allowed: str

    def __str__(self) -> str:
        value = repr(self.value)
        if self.option == "size" and isinstance(self.value, tuple):
            value = "x".join(map(str, self.value))
        return f"{self.option} {value} is not possible"

    @property
    def hint(self) -> str:
        """What the user can do about it."""
        return f"give {self.allowed}"
