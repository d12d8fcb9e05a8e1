"""Opens a SPARQL server by its address; the client it needs is an extra."""

from typing import TYPE_CHECKING

from policytrace.graph.releases.release import ReleaseError

if TYPE_CHECKING:
    from policytrace.graph.remote.releases import RemoteReleases


def connect(
    url: str, *, update: str = "", seconds: float | None = None, largest: int | None = None
) -> "RemoteReleases":
    """The releases on the SPARQL server at an address.

    Args:
        url: address of queries; credentials come from the environment.
        update: address of updates, where it differs.
        seconds: time limit of a request.
        largest: bytes of one answer at most.

    Raises:
        ReleaseError: the HTTP client is not installed.
        StoreError: this is no address of a server.
    """
    try:
        from policytrace.graph.remote.endpoint import LARGEST, SECONDS, Endpoint
        from policytrace.graph.remote.releases import RemoteReleases
    except ModuleNotFoundError as error:
        if error.name != "httpx":
            raise
        raise ReleaseError(
            "a SPARQL server is asked with an HTTP client that is an extra: pip install 'policytrace[remote]'"
        ) from None
    return RemoteReleases(
        Endpoint(url, update=update, seconds=seconds or SECONDS, largest=largest or LARGEST)
    )
