"""What follows from the statements by the axioms of the ontology, and is not stated itself."""

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
from rdflib import OWL, RDF

from policytrace.graph.reasoning.axioms import AxiomFinding, Axioms, UnknownAxiom
from policytrace.graph.reasoning.fixed_point import (
    HALF,
    LOW,
    NONE,
    FixedPoint,
    JoinRule,
    Pairs,
    distinct,
    set_difference,
)
from policytrace.graph.reasoning.ntriples_reader import statements
from policytrace.graph.vocabulary.progress import Progress, silent

_TYPE = f"<{RDF.type}>".encode()
_SAME_AS = f"<{OWL.sameAs}>".encode()
_END = b" .\n"
_ONE_IRI = "Use one IRI for one thing, or link the two with skos:exactMatch or pt:sameThing."
_ROWS = 1 << 16
"""Lines written at once."""

Sources = Path | Sequence[Path]
"""One or several files of N-Triples in canonical form: one statement a line, terms apart by one space."""


class _Terms(dict[bytes, int]):
    """Numbers terms in the order they are met; the empty term is number 0."""

    def __missing__(self, term: bytes) -> int:
        number = self[term] = len(self)
        return number


def as_paths(triples: Sources) -> Sequence[Path]:
    """The files of some sources."""
    return [triples] if isinstance(triples, Path) else triples


def _property(iri: str) -> bytes:
    return f" <{iri}> ".encode()


def _class(iri: str) -> bytes:
    """A class is a relation of its members to the empty term; its name is all that follows the member."""
    return b" " + _TYPE + f" <{iri}>".encode()


def _closure(axioms: Axioms) -> FixedPoint:
    """The rules of OWL 2 RL that the axioms stand for.

    In this order: cax-sco, prp-spo1, prp-inv1 and prp-inv2, prp-spo2, prp-symp, prp-trp.
    """
    rules = [JoinRule(_class(wide), (_class(narrow),)) for narrow, wide in axioms.sub_classes]
    rules += [JoinRule(_property(wide), (_property(narrow),)) for narrow, wide in axioms.sub_properties]
    for one, other in axioms.inverses:
        rules.append(JoinRule(_property(one), (_property(other),), flipped=True))
        rules.append(JoinRule(_property(other), (_property(one),), flipped=True))
    rules += [JoinRule(_property(head), tuple(map(_property, body))) for head, body in axioms.chains]
    return FixedPoint(rules, map(_property, axioms.symmetric), map(_property, axioms.transitive))


def infer(triples: Sources, out: Path, axioms: Axioms, *, progress: Progress = silent) -> int:
    """Write what follows from ``triples`` by ``axioms`` and is not among them; how many statements that is.

    The output is N-Triples, sorted, each statement once. Terms are compared as they are written. Statements
    with a literal as subject are left out. Axioms are taken from ``axioms`` alone, not from ``triples``.

    Raises:
        NotCanonical: a line is not in canonical form.
        UnknownAxiom: the data state owl:sameAs, whose consequences would be missed.
    """
    terms = _Terms({b"": 0})
    closure = _closure(axioms)
    asserted = _read(as_paths(triples), axioms, terms, progress)
    for name, pairs in asserted.items():
        asserted[name] = distinct(pairs)
        closure.add(name, asserted[name])
    closure.run()
    fresh = {
        name: set_difference(relation.forward(), asserted.get(name, NONE))
        for name, relation in closure.relations.items()
    }
    with out.open("wb") as file:
        return _write(file, fresh, list(terms))


def _read(paths: Sequence[Path], axioms: Axioms, terms: _Terms, progress: Progress) -> dict[bytes, Pairs]:
    """The pairs of every relation that an axiom names."""
    properties = {f"<{iri}>".encode(): array("q") for iri in axioms.properties}
    classes = {f"<{iri}>".encode(): array("q") for iri in axioms.classes}
    done, total = 0, sum(path.stat().st_size for path in paths)

    def count(read: int) -> None:
        nonlocal done
        done += read
        progress("infer", done, total)

    for path in paths:
        for subject, predicate, object_ in statements(path, (*properties, _TYPE, _SAME_AS), count):
            if predicate == _TYPE:
                if object_ in classes:
                    classes[object_].append(terms[subject] << HALF)
            elif predicate == _SAME_AS:
                raise UnknownAxiom([AxiomFinding(subject.decode(), "owl:sameAs in the data", _ONE_IRI)])
            else:
                properties[predicate].append(terms[subject] << HALF | terms[object_])
    result = {b" " + name + b" ": pairs for name, pairs in properties.items()}
    result |= {b" " + _TYPE + b" " + name: pairs for name, pairs in classes.items()}
    return {name: np.frombuffer(pairs, np.int64) if pairs else NONE for name, pairs in result.items()}


def _write(file: BinaryIO, relations: dict[bytes, Pairs], terms: list[bytes]) -> int:
    """Write relations as lines in the order of their bytes, without literal subjects; how many lines."""
    names = sorted(relations)
    pairs = np.concatenate([NONE, *(relations[name] for name in names)])
    name = np.repeat(np.arange(len(names)), [relations[name].size for name in names])
    texts, rank = _rank(pairs, terms)
    subject, object_ = rank[pairs >> HALF], rank[pairs & LOW]
    first, last = bisect_left(texts, b'"'), bisect_left(texts, b"#")
    legal = (subject < first) | (subject >= last)
    rows = np.sort(((subject * len(names) + name) * len(texts) + object_)[legal])
    for start in range(0, rows.size, _ROWS):
        rest, object_ = np.divmod(rows[start : start + _ROWS], len(texts))
        subject, name = np.divmod(rest, len(names))
        parts = [_END] * (4 * rest.size)
        parts[0::4] = map(texts.__getitem__, subject.tolist())
        parts[1::4] = map(names.__getitem__, name.tolist())
        parts[2::4] = map(texts.__getitem__, object_.tolist())
        file.write(b"".join(parts))
    return rows.size


def _rank(pairs: Pairs, terms: list[bytes]) -> tuple[list[bytes], npt.NDArray[np.int64]]:
    """The terms of the pairs in the order of their bytes, and the place of every term number in it."""
    used = distinct(pairs >> HALF, pairs & LOW).tolist()
    used.sort(key=terms.__getitem__)
    rank = np.zeros(len(terms), np.int64)
    rank[used] = np.arange(len(used))
    return [terms[number] for number in used], rank
