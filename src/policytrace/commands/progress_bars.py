"""Progress bars on a terminal."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from policytrace.graph.vocabulary.progress import Progress


@contextmanager
def progress_bars() -> "Iterator[Progress]":
    """A bar for each stage of long work on a terminal, nothing when piped."""
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda stage, done, total: None
        return
    columns = (TextColumn("{task.description:10}"), BarColumn(), TimeElapsedColumn())
    with Bars(*columns, console=console, transient=True) as shown:
        tasks: dict[str, Any] = {}

        def show(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = shown.add_task(stage, total=total)
            shown.update(tasks[stage], completed=done, total=total)

        yield show
