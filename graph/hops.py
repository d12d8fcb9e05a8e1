"""The typed hop graph: what each rule in ``queries/hops`` finds, as rows any SPARQL engine can join."""

import hashlib
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pyoxigraph as ox

from policytrace.graph.cells import Term
from policytrace.graph.statements import code, p
from policytrace.graph.tables import Progress, silent
from policytrace.graph.terms import ID, PT, SCHEME, thing

LAYERS = ("realised", "considered", "opportunity")

_LAYER = SCHEME + "layer/"
_TRANSFER = ID + "transfer/"
_DATED = f"""
PREFIX pt: <{PT}>
SELECT ?thing ?earliest ?latest ?strength WHERE {{
  ?thing a ?class
  VALUES ?class {{ pt:LearningTransfer pt:Measure pt:ActionPlan pt:LearningEvent pt:StructuralLink }}
  OPTIONAL {{ ?thing pt:earliest ?earliest }}
  OPTIONAL {{ ?thing pt:latest ?latest }}
  OPTIONAL {{ ?thing pt:strength ?strength }}
}}"""


def rules() -> dict[str, str]:
    """Hop kind to the text of its query, in a fixed order."""
    folder = files("policytrace") / "queries" / "hops"
    found = {file.name.removesuffix(".rq"): file.read_text("utf-8") for file in folder.iterdir()}
    return dict(sorted((name.replace("_", "-"), text) for name, text in found.items()))


def rule_version() -> str:
    """A digest of all rules, so that a manifest can say which ones made its hops."""
    return hashlib.sha256("\0".join(f"{k}\0{v}" for k, v in rules().items()).encode()).hexdigest()[:12]


def hop_id(start: str, kind: str, end: str, record: str) -> str:
    """The identifier of a hop, made from its two ends, its kind and the transfer or record that states it."""
    return hashlib.sha256("\n".join((start, kind, end, record)).encode()).hexdigest()[:20]


def _known(store: ox.Store) -> dict[str, list[tuple[str, Term]]]:
    """Dates and strength of what can state a hop, ready to be written."""
    answer = store.query(_DATED)
    assert isinstance(answer, ox.QuerySolutions)
    return {
        row["thing"].value: [
            (p(f"pt:{name}"), str(row[name])) for name in ("earliest", "latest", "strength") if row[name] is not None
        ]
        for row in answer
    }


def _hops(store: ox.Store, kind: str, text: str) -> Iterator[tuple[str, str, str, str]]:
    """Layer code, from, to and the transfer or record, sorted and each once."""
    answer = store.query(text)
    assert isinstance(answer, ox.QuerySolutions)
    yield from sorted(
        {
            (
                row["layer"].value.removeprefix(_LAYER),
                row["from"].value,
                row["to"].value,
                row["record"].value,
            )
            for row in answer
        }
    )


def write(store: ox.Store, folder: Path, progress: Progress = silent) -> dict[str, int]:
    """Run every rule on the default graph of ``store`` and write one N-Triples file per layer.

    Returns:
        The number of hops of each layer; the files are ``hops-<layer>.nt`` in ``folder``.
    """
    counts = dict.fromkeys(LAYERS, 0)
    known = _known(store)
    outputs = {layer: (folder / f"hops-{layer}.nt").open("w", encoding="utf-8") for layer in LAYERS}
    try:
        found = rules()
        for number, (kind, text) in enumerate(found.items()):
            progress("hops", number, len(found))
            kind_term = code("hop-kind", kind)
            for layer, start, end, record in _hops(store, kind, text):
                by = "pt:hopTransfer" if record.startswith(_TRANSFER) else "pt:hopRecord"
                facts = [
                    (p("rdf:type"), p("pt:Hop")),
                    (p("pt:hopFrom"), f"<{start}>"),
                    (p("pt:hopTo"), f"<{end}>"),
                    (p("pt:hopKind"), kind_term),
                    (p("pt:hopLayer"), code("layer", layer)),
                    (p(by), f"<{record}>"),
                    *known.get(record, ()),
                ]
                me = f"<{thing('hop', hop_id(start, kind, end, record))}>"
                outputs[layer].write("".join(f"{me} {q} {o} .\n" for q, o in facts))
                counts[layer] += 1
    finally:
        for output in outputs.values():
            output.close()
    progress("hops", len(found), len(found))
    return counts
