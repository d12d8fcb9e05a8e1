"""The typed hop graph: what each rule in ``queries/hops`` finds, as rows any SPARQL engine can join."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from importlib.resources import files
from pathlib import Path

import pyoxigraph as ox

from policytrace.graph.reasoning.strength import Judgement
from policytrace.graph.vocabulary.nt_terms import code, nt_iri
from policytrace.graph.vocabulary.progress import Progress, silent
from policytrace.graph.vocabulary.scales import LAYERS
from policytrace.graph.vocabulary.terms import ID, PT, SCHEME, thing

_LAYER = SCHEME + "layer/"
_TRANSFER = ID + "transfer/"
_TYPE, _HOP, _FROM, _TO = nt_iri("rdf:type"), nt_iri("pt:Hop"), nt_iri("pt:hopFrom"), nt_iri("pt:hopTo")
_KIND, _IN_LAYER = nt_iri("pt:hopKind"), nt_iri("pt:hopLayer")
_TRANSFER_OF, _RECORD_OF = nt_iri("pt:hopTransfer"), nt_iri("pt:hopRecord")
_ME = "\0"
"""Stands for the hop in statements made before it is known; no text of a table holds it."""
_DATED = f"""
PREFIX pt: <{PT}>
SELECT ?thing ?earliest ?latest WHERE {{
  ?thing a ?class
  VALUES ?class {{ pt:LearningTransfer pt:Measure pt:ActionPlan pt:LearningEvent pt:StructuralLink }}
  OPTIONAL {{ ?thing pt:earliest ?earliest }}
  OPTIONAL {{ ?thing pt:latest ?latest }}
}}"""


def rules() -> dict[str, str]:
    """Hop kind to the text of its query, in a fixed order."""
    folder = files("policytrace") / "queries" / "hops"
    result = {file.name.removesuffix(".rq"): file.read_text("utf-8") for file in folder.iterdir()}
    return dict(sorted((name.replace("_", "-"), text) for name, text in result.items()))


def rule_version() -> str:
    """A digest of all rules, so that a manifest can say which ones made its hops."""
    return hashlib.sha256("\0".join(f"{k}\0{v}" for k, v in rules().items()).encode()).hexdigest()[:12]


def hop_id(start: str, kind: str, end: str, record: str) -> str:
    """The identifier of a hop, made from its two ends, its kind and the transfer or record that states it."""
    return hashlib.sha256("\n".join((start, kind, end, record)).encode()).hexdigest()[:20]


def _known(store: ox.Store, judged: Mapping[str, Judgement]) -> dict[str, str]:
    """Dates and strength of what can state a hop, ready to be written after the hop."""
    answer = store.query(_DATED)
    assert isinstance(answer, ox.QuerySolutions)
    known = {
        row["thing"].value: "".join(
            f"{_ME} {nt_iri(f'pt:{name}')} {row[name]} .\n"
            for name in ("earliest", "latest")
            if row[name] is not None
        )
        for row in answer
    }
    written: dict[Judgement, str] = {}
    for claim, judgement in judged.items():
        if judgement not in written:
            written[judgement] = "".join(f"{_ME} {name} {value} .\n" for name, value in judgement.terms())
        known[claim] = known.get(claim, "") + written[judgement]
    return known


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


def write(
    store: ox.Store,
    judged: Mapping[str, Judgement],
    folder: Path,
    progress: Progress = silent,
) -> dict[str, int]:
    """Run every rule on the default graph of ``store`` and write one N-Triples file per layer.

    Args:
        store: a store whose default graph holds what is asserted and inferred.
        judged: the judgement of every claim, by the IRI of the transfer or of what states it.
        folder: where the files ``hops-<layer>.nt`` are written.
        progress: told after each rule.

    Returns:
        The number of hops of each layer.
    """
    counts = dict.fromkeys(LAYERS, 0)
    known = _known(store, judged)
    result = rules()
    with ExitStack() as files_open:
        outputs = {
            layer: files_open.enter_context((folder / f"hops-{layer}.nt").open("w", encoding="utf-8"))
            for layer in LAYERS
        }
        for number, (kind, text) in enumerate(result.items()):
            progress("hops", number, len(result))
            for layer, start, end, record in _hops(store, kind, text):
                me = f"<{thing('hop', hop_id(start, kind, end, record))}>"
                by = _TRANSFER_OF if record.startswith(_TRANSFER) else _RECORD_OF
                facts = (
                    f"{me} {_TYPE} {_HOP} .\n{me} {_FROM} <{start}> .\n{me} {_TO} <{end}> .\n"
                    f"{me} {_KIND} {code('hop-kind', kind)} .\n{me} {_IN_LAYER} {code('layer', layer)} .\n"
                    f"{me} {by} <{record}> .\n"
                )
                outputs[layer].write(facts + known.get(record, "").replace(_ME, me))
                counts[layer] += 1
    progress("hops", len(result), len(result))
    return counts
