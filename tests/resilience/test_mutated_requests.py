"""Requests mutated from real ones, over every address and parameter: each is answered, none by a failure."""

import http.client
import json
import os
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from flask.testing import FlaskClient
from request_mutations import MadeRequest, Mutator, seeds
from servers import Server
from thorough import share
from waiting import PATIENCE

SEED = int(os.environ.get("POLICYTRACE_FUZZ_SEED", "14"))
"""Another one makes other requests."""
LIMITS = {503, 504, 507}
"""What 5xx may be: limits that are documented."""
CLIENTS = 8


class Seen(NamedTuple):
    """What became of a request; ``status`` is 0 where there was no answer."""

    seconds: float
    status: int
    sent: bytes


def _clients(server: Server, made: Iterator[MadeRequest]) -> list[Seen]:
    """Sends requests on several connections, which are kept, and reads every answer to its end."""
    found: list[Seen] = []
    turn = threading.Lock()

    def run() -> None:
        connection: socket.socket | None = None
        while True:
            with turn:
                one = next(made, None)
            if one is None:
                break
            began, sent = time.monotonic(), one.written()
            status, goes_on = _answer(connection, one, sent) if connection else (0, False)
            if not status:  # a server may close a connection that is not in use (RFC 9112, section 9.5)
                connection = socket.create_connection(("127.0.0.1", server.port), PATIENCE)
                status, goes_on = _answer(connection, one, sent)
            if connection and not goes_on:
                connection.close()
                connection = None
            found.append(Seen(time.monotonic() - began, status, sent))
        if connection:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def _answer(connection: socket.socket, made: MadeRequest, sent: bytes) -> tuple[int, bool]:
    """The status of an answer that came whole, and whether the connection can be used again."""
    answer = http.client.HTTPResponse(connection, method=made.method)
    try:
        connection.sendall(sent)
        answer.begin()
        answer.read()
        return answer.status, not answer.will_close
    except http.client.IncompleteRead:
        return answer.status, False
    except (OSError, http.client.HTTPException):
        return 0, False
    finally:
        answer.close()


def test_every_mutated_request_is_answered(
    serve: Callable[..., Server], client: FlaskClient, sample_home: Path
) -> None:
    server = serve(sample_home, workers="2", rate="0", query_seconds="2", query_memory="1024")
    made = Mutator(seeds(client.application), SEED).make(share(100_000, 2_000))
    found = _clients(server, made)
    print(f"seed {SEED}: {len(found)} requests by status: {Counter(one.status for one in found)}")
    for one in sorted(found, reverse=True)[:5]:
        print(f"{one.seconds:.2f} s, {one.status}: {one.sent[:300]!r}")
    failed = [one for one in found if one.status == 0 or (one.status >= 500 and one.status not in LIMITS)]
    assert not failed, (
        f"seed {SEED}: {len(failed)}, for example {[(one.status, one.sent[:400]) for one in failed[:5]]}"
    )
    opened, *lines = server.printed().splitlines()
    assert opened.startswith("PolicyTrace is open at")
    logged = [json.loads(line) for line in lines]
    assert not [line for line in logged if line["level"] == "error"]
