"""The body of a large result, passed on while its query still runs."""

from collections.abc import Iterator

from policytrace.server.execution.errors import NoResultError
from policytrace.server.execution.worker_process import QueryResult
from policytrace.server.http.content_coding import compressor

CUT = '\n\n!! THIS RESULT IS NOT COMPLETE: {} !!\n"'
"""The end of a result that had to be cut: in none of the formats does it make a well-formed document."""


class CutError(Exception):
    """A result ended before it was complete."""


class StreamedResult:
    """Parts of a result, as they come, in a content coding (empty: none).

    If the query fails on the way, the body ends with ``CUT``, in no coding: the client can tell that from the
    missing last chunk (RFC 9112, section 8).
    """

    def __init__(self, result: QueryResult, coding: str) -> None:
        self._result = result
        self._compressor = compressor(coding) if coding else None

    def __iter__(self) -> Iterator[bytes]:
        """The bytes to send.

        Raises:
            CutError: after the last of them, if the result is not complete.
        """
        try:
            for part in self._result:
                data = self._compressor.compress(part) if self._compressor else part
                if data:
                    yield data
        except NoResultError as error:
            yield CUT.format(error).encode()
            raise CutError(str(error)) from None
        finally:
            self._result.close()
        if self._compressor:
            yield self._compressor.flush()

    def close(self) -> None:
        """Ends the query if it still runs."""
        self._result.close()
