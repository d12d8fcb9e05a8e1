"""What commands share: options, exit codes, messages for what goes wrong, bars."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from policytrace.graph.releases.release import Release, ReleaseError, Releases
from policytrace.graph.vocabulary.problems import DataError, ShapeError, UnanswerableError

if TYPE_CHECKING:
    from policytrace.graph.vocabulary.progress import Progress

BROKEN_DATA, BROKEN_SHAPES, NO_RELEASE, BROKEN_QUERY = 3, 4, 5, 6

EXIT_CODES = """
Exit codes: 0 done, 1 it failed, 2 wrong use, 3 the tables cannot be read, 4 the data break a shape,
5 there is no such release, 6 the query cannot be answered.
"""

RELEASE = click.option("--release", "release_id", metavar="ID", help="Ask an older release.")
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
PATHS = click.argument(
    "paths", nargs=-1, metavar="[FOLDER|XLSX]...", type=click.Path(path_type=Path, exists=False)
)


class Failure(click.ClickException):
    """A message for people and the exit code that goes with it."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code

    @property
    def exit_code(self) -> int:  # type: ignore[override]
        """What the process ends with."""
        return self.code


@contextmanager
def explained() -> Iterator[None]:
    """Turn what can go wrong into a message and an exit code."""
    try:
        yield
    except DataError as error:
        count = len(error.problems)
        raise Failure(
            f"{count} problem(s) in the tables; nothing was published.\n{error}", BROKEN_DATA
        ) from None
    except ShapeError as error:
        raise Failure(f"the data break the shapes; nothing was published.\n{error}", BROKEN_SHAPES) from None
    except ReleaseError as error:
        raise Failure(str(error), NO_RELEASE) from None
    except UnanswerableError as error:
        raise Failure(str(error), BROKEN_QUERY) from None
    except BrokenPipeError:
        raise  # who reads the output has enough: click ends without a word
    except OSError as error:
        raise Failure(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}") from None


def chosen_home(context: click.Context) -> Path | None:
    """The home that was named, by ``--home`` or in the environment; None where it is the default."""
    named = context.find_root().get_parameter_source("home") is not ParameterSource.DEFAULT
    return Path(context.obj) if named else None


def released(home: Path, release_id: str | None) -> Release:
    """The release of that id, or the current one.

    Raises:
        ReleaseError: there is none.
    """
    releases = Releases(home)
    if release_id:
        return releases.open(release_id)
    current = releases.current()
    if current is None:
        raise ReleaseError(f"there is no release in {home} yet. Run: policytrace build")
    return current


@contextmanager
def bars() -> "Iterator[Progress]":
    """Bars on a terminal for stages, nothing when piped."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda stage, done, total: None
        return
    columns = (TextColumn("{task.description:10}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as shown:
        tasks: dict[str, Any] = {}

        def show(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = shown.add_task(stage, total=total)
            shown.update(tasks[stage], completed=done, total=total)

        yield show
