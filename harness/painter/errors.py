"""What can go wrong when an image is asked of the painter."""

from harness.errors import HarnessError


class LayoutError(HarnessError):
    """A scene that cannot be laid out; ``why`` says why the last try failed."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why

    def __str__(self) -> str:
        return f"the scene cannot be laid out: {self.why}"

    @property
    def hint(self) -> str:
        """What the user can do about it."""
        return "ask for fewer or smaller things, or for fewer relations between them"


class WeightsError(HarnessError):
    """A weights file that cannot be used: ``path`` names it, ``problem`` says why."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(path, problem)
        self.path = path
        self.problem = problem

    def __str__(self) -> str:
        return f"weights {self.path}: {self.problem}"

    @property
    def hint(self) -> str:
        """What the user can do about it."""
        return "install image-harness again, or name painter@1, painter@2 or a file made by `python -m training.export`"


class OptionError(HarnessError):
    """An option outside its range: ``option`` and ``value`` as given, ``allowed`` what would do."""

    def __init__(self, option: str, value: object, allowed: str) -> None:
        super().__init__(option, value, allowed)
        self.option = option
        self.value = value
        self.allowed = allowed

    def __str__(self) -> str:
        return f"{self.option} {self.value!r} is not possible"

    @property
    def hint(self) -> str:
        """What the user can do about it."""
        return f"give {self.allowed}"
