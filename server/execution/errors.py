"""Why a query has no result."""


class NoResultError(Exception):
    """A query that gave no result; sub-classes say why. ``limit`` names the setting that was reached."""

    limit = ""


class UnreadableQueryError(NoResultError):
    """The query is not SPARQL; says where, counting lines and columns from 1 (0: no one place)."""

    def __init__(self, message: str, line: int, column: int, hint: str) -> None:
        super().__init__(message)
        self.line, self.column, self.hint = line, column, hint


class RefusedQueryError(UnreadableQueryError):
    """The query writes, or calls another server."""


class UnsupportedError(NoResultError):
    """The query asks for something the engine cannot evaluate, such as a function it does not know."""


class TooDeepError(NoResultError):
    """The query is nested too deeply, or is one chain too long, to be worked on."""


class UnwantedFormError(NoResultError):
    """The client takes no format of the kind of result this query has; ``graph``: it is triples."""

    def __init__(self, graph: bool) -> None:
        super().__init__("no format for this kind of result")
        self.graph = graph


class TimeLimitError(NoResultError):
    """The query ran into the time limit and was killed."""

    limit = "seconds"


class MemoryLimitError(NoResultError):
    """The query needed more memory than one query may use."""

    limit = "memory"


class SizeLimitError(NoResultError):
    """The result has more bytes than one result may have."""

    limit = "size"


class RowLimitError(NoResultError):
    """The result has more rows or triples than one result may have."""

    limit = "rows"


class EvaluationError(NoResultError):
    """The store could not answer."""


class ServiceError(NoResultError):
    """Another service that the query calls did not answer as it should; the message names it and says why."""


class BusyError(NoResultError):
    """All query processes are at work, or too many of them for long."""


class StoppedError(NoResultError):
    """The process that worked on the query was ended from outside, or did not start."""


class ClientGoneError(NoResultError):
    """Nobody waits for the answer any more."""
