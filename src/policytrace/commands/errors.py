"""Exit codes, and messages for what goes wrong."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from policytrace.graph.releases.release import DamagedError, ReleaseError
from policytrace.graph.vocabulary.problems import DataError, ShapeError, UnanswerableError

BROKEN_DATA, BROKEN_SHAPES, NO_RELEASE, BROKEN_QUERY, DAMAGED = 3, 4, 5, 6, 7

EXIT_CODES = """
Exit codes: 0 done, 1 it failed, 2 wrong use, 3 the tables cannot be read, 4 the data break a shape,
5 there is no such release, 6 the query cannot be answered, 7 a file of a release is damaged.
"""


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
    except DamagedError as error:
        raise Failure(f"{error} What else is damaged says: policytrace verify --all", DAMAGED) from None
    except ReleaseError as error:
        raise Failure(str(error), NO_RELEASE) from None
    except UnanswerableError as error:
        raise Failure(str(error), BROKEN_QUERY) from None
    except BrokenPipeError:
        raise  # who reads the output has enough: click ends without a word
    except OSError as error:
        raise Failure(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}") from None
