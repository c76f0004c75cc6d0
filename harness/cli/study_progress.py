"""Progress of a study: a bar on a terminal, some lines elsewhere."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

STEPS = 4
"""Lines that are printed where there is no terminal, besides the first."""


class GenerationProgress:
    """Called with the images generated and planned. As a context manager it removes the bar."""

    def __init__(self, screen: "Console", what: str = "generating A and B") -> None:
        self.screen, self.what = screen, what
        self._progress: Progress | None = None
        self._reported = 0

    def __enter__(self) -> "GenerationProgress":
        if self.screen.is_terminal and not self.screen.is_dumb_terminal:
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

            columns = (
                TextColumn(self.what),
                BarColumn(bar_width=24),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
            )
            self._progress = Progress(*columns, console=self.screen, transient=True)
            self._progress.add_task(self.what, total=None)
            self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._progress is not None:
            self._progress.stop()

    def __call__(self, done: int, planned: int) -> None:
        if self._progress is not None:
            self._progress.update(self._progress.task_ids[0], completed=done, total=planned)
            return
        step = done * STEPS // max(planned, 1)
        if step > self._reported:
            self._reported = step
            self.screen.print(f"{done:,} of {planned:,} images", highlight=False)
