"""Answers as networks, for networkx, Gephi and Cytoscape."""

import io
import json
from typing import Any

import networkx as nx

from policytrace.graph.paths.answer import Answer, HopAnswer


def network(answer: Answer) -> "nx.MultiDiGraph[str]":
    """The hops of all paths as a multigraph: nodes are things, the key of an edge is its hop.

    What is unknown is left out. An edge tells in how many chains of transfers it lies; the graph names the
    transfers, those that state no hop among them, and the chains.
    """
    result: nx.MultiDiGraph[str] = nx.MultiDiGraph(
        release=answer.release,
        question=json.dumps(answer.question, ensure_ascii=False),
        truncated=answer.truncated,
        reason=" ".join(answer.reason),
        transfers=json.dumps([one.id for one in answer.transfers]),
        chains=json.dumps([chain.transfers for chain in answer.chains]),
    )
    chain_of = {path: number for number, chain in enumerate(answer.chains) for path in chain.paths}
    chains: dict[str, set[int]] = {}
    for path in answer.paths:
        for hop in path.hops:
            chains.setdefault(hop.id, set()).update({chain_of[path.id]} if path.id in chain_of else ())
            for end in (hop.start, hop.end):
                result.add_node(end.id, label=end.label, kind=end.kind)
            result.add_edge(hop.start.id, hop.end.id, key=hop.id, **_facts(hop))
    for _, _, key, facts in result.edges(keys=True, data=True):
        facts["chains"] = len(chains[key])
    return result


def _facts(hop: HopAnswer) -> dict[str, Any]:
    facts = {
        "kind": hop.kind,
        "layer": hop.layer,
        "label": hop.sentence,
        "strength": hop.strength,
        "stage": hop.stage,
        "outcome": hop.outcome,
        "effect": hop.effect,
        "degree": hop.degree,
        "status": hop.status,
        "earliest": hop.earliest,
        "latest": hop.latest,
        "transfer": hop.transfer and hop.transfer.id,
        "record": hop.record and hop.record.id,
        "event": hop.event and hop.event.id,
        "sources": " ".join(dict.fromkeys(line.source or line.document for line in hop.evidence)),
    }
    return {name: value for name, value in facts.items() if value is not None}


def as_graphml(answer: Answer) -> bytes:
    """GraphML."""
    data = io.BytesIO()
    nx.write_graphml(network(answer), data, named_key_ids=True)
    return data.getvalue()


def as_node_link(answer: Answer) -> bytes:
    """Node-link JSON as ``networkx.node_link_graph(data, edges="links")`` reads it."""
    return json.dumps(nx.node_link_data(network(answer), edges="links"), ensure_ascii=False).encode()
