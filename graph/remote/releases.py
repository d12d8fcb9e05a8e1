"""The releases on a SPARQL server: which are complete, and which is current."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from policytrace.graph.releases.release import ReleaseError
from policytrace.graph.remote.endpoint import ROWS, Endpoint, StoreError
from policytrace.graph.remote.engine import RemoteEngine
from policytrace.graph.remote.graph_names import RELEASES, Placement
from policytrace.graph.vocabulary.terms import RDF, expand

CATALOGUE = RELEASES.rstrip("/")
"""The graph that lists the releases on a server. A release is complete when its manifest stands there."""
IDENTIFIER, STARTED, MANIFEST = expand("dct:identifier"), expand("dct:created"), RDF + "value"


@dataclass(frozen=True)
class RemoteRelease:
    """A release on a server; one without manifest is being loaded, or was left so."""

    id: str
    started: datetime
    manifest: dict[str, Any] | None

    @property
    def placement(self) -> Placement:
        """Where its graphs lie."""
        return Placement(self.id)


class RemoteReleases:
    """The releases on one server."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint

    def entries(self) -> list[RemoteRelease]:
        """All entries of the catalogue, oldest first, complete or not.

        Raises:
            StoreError: the server did not answer as it should.
        """
        text = f"""SELECT ?id ?started ?manifest WHERE {{ GRAPH <{CATALOGUE}> {{
          ?release <{IDENTIFIER}> ?id ; <{STARTED}> ?started .
          OPTIONAL {{ ?release <{MANIFEST}> ?manifest }} }} }}"""
        try:
            rows = json.loads(self.endpoint.query(text, ROWS))["results"]["bindings"]
            result = [
                RemoteRelease(
                    row["id"]["value"],
                    datetime.fromisoformat(row["started"]["value"]),
                    json.loads(row["manifest"]["value"]) if "manifest" in row else None,
                )
                for row in rows
            ]
        except (ValueError, KeyError, TypeError) as error:
            raise StoreError(
                f"{self.endpoint.name} lists its releases in a way that is not understood: {error}."
            ) from error
        return sorted(result, key=lambda one: one.id)

    def all(self) -> list[RemoteRelease]:
        """Every complete release, oldest first."""
        return [one for one in self.entries() if one.manifest is not None]

    def current(self) -> RemoteRelease | None:
        """The newest complete release, or None before the first was published."""
        result = self.all()
        return result[-1] if result else None

    def open(self, release_id: str | None = None) -> RemoteRelease:
        """The release of this id, or the current one.

        Raises:
            ReleaseError: there is none.
        """
        result = self.all()
        if release_id is None and result:
            return result[-1]
        for one in result:
            if one.id == release_id:
                return one
        known = ", ".join(one.id for one in result) or "none yet; run: policytrace publish"
        raise ReleaseError(
            f"there is no release {release_id or ''} at {self.endpoint.name}. Releases: {known}."
        )

    def engine(self, release: RemoteRelease) -> RemoteEngine:
        """The engine that asks a release."""
        return RemoteEngine(self.endpoint, release.placement)
