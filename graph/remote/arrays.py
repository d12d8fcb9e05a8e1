"""The hop arrays of a release on a SPARQL server, made here from its hop rows."""

from pathlib import Path

import pyoxigraph as ox

from policytrace.graph.hops import table
from policytrace.graph.remote.engine import RemoteEngine
from policytrace.graph.vocabulary.scales import LAYERS
from policytrace.graph.vocabulary.terms import PT, graph

_CLAIMS = f"""
PREFIX pt: <{PT}>
CONSTRUCT {{ ?thing ?property ?value }} WHERE {{
  VALUES ?property {{ pt:stage pt:claimStatus pt:fromRegion pt:toRegion }}
  ?thing a pt:LearningTransfer ; ?property ?value
}}"""
_TRANSFERS = f"PREFIX pt: <{PT}> CONSTRUCT WHERE {{ ?thing a pt:LearningTransfer }}"
_PLACES = f"PREFIX pt: <{PT}> CONSTRUCT WHERE {{ ?thing pt:%s ?value }}"


def derive(engine: RemoteEngine, folder: Path) -> None:
    """Write the hop arrays of the release an engine asks into a folder.

    Raises:
        StoreError: the server did not answer, or the rows are more than one answer may hold.
        OSError: the folder cannot be written.
    """
    store = ox.Store()
    for text in (_CLAIMS, _TRANSFERS, _PLACES % "inProject", _PLACES % "inRegion"):
        store.extend(ox.Quad(t.subject, t.predicate, t.object) for t in _triples(engine, text))
    layers = {}
    for layer in LAYERS:
        layers[layer] = folder / f"hops-{layer}.nt"
        triples = _triples(
            engine, f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{graph('hops', layer)}> {{ ?s ?p ?o }} }}"
        )
        ox.serialize(sorted(triples, key=str), layers[layer], format=ox.RdfFormat.N_TRIPLES)
    table.write(store, layers, folder)
    for path in layers.values():
        path.unlink()


def _triples(engine: RemoteEngine, text: str) -> list[ox.Triple]:
    answer = engine.query(text)
    assert isinstance(answer, list)
    return answer
