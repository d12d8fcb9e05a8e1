"""Build a release from tables: load, infer, judge, find hops, validate, publish."""

import gc
import hashlib
import json
import re
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from policytrace.graph.building import survey
from policytrace.graph.building.bulk_load import Part, fill
from policytrace.graph.distribution.dumps import DUMPS
from policytrace.graph.hops import rules, table
from policytrace.graph.hops.arrays import FOLDER, HopArrays, HopArraysError
from policytrace.graph.reasoning import strength
from policytrace.graph.reasoning.axioms import axioms
from policytrace.graph.reasoning.infer import infer
from policytrace.graph.releases import change_dates, checksums, tombstones
from policytrace.graph.releases.release import (
    FORMAT,
    KEEP,
    MANIFEST,
    REPORT,
    STORE,
    Release,
    Releases,
    checksum,
    release_id,
    time_of,
    why_unusable,
)
from policytrace.graph.tables import dataset_figures, table_files, tables
from policytrace.graph.tables.load import LoadedTables, load
from policytrace.graph.tables.schema import schema
from policytrace.graph.tables.tables import TableSet
from policytrace.graph.validation import validate
from policytrace.graph.validation.report import ValidationReport
from policytrace.graph.vocabulary.problems import ShapeError
from policytrace.graph.vocabulary.progress import Progress, silent
from policytrace.graph.vocabulary.scales import INFLUENCE, LAYERS
from policytrace.graph.vocabulary.terms import BASE, LICENCE, PT, graph, is_record

_SKOLEM = "list-"
_TOLD = "LOG*"
"""Files in which the engine of the store tells how it wrote it."""
_RULES = ("ontology", "shapes", "queries", "graph/tables/schema.toml", "graph/reasoning/strength.toml")
_ADDRESS = re.compile(r"https?://[A-Za-z0-9._~:/?#@!&()*+,;=%-]+")
"""What the address of a licence looks like: RFC 3986, less what the rules of static hosts cannot quote."""


class LicenceError(ValueError):
    """These data cannot be given this licence; the message says why."""


@dataclass(frozen=True, slots=True)
class BuildResult:
    """The release that now is current, and whether this build made it or found it already there."""

    release: Release
    new: bool


def demo() -> Path:
    """The folder of the packaged data."""
    return Path(str(files("policytrace") / "graph" / "data"))


def build(
    paths: Sequence[Path],
    home: Path,
    progress: Progress = silent,
    *,
    reasoner: str = "rules",
    keep: int = KEEP,
    licence: str | None = None,
) -> BuildResult:
    """Build and publish a release from folders of tables and workbooks.

    A build of unchanged sources with unchanged rules answers the release that is already current.

    Args:
        paths: folders of tables, and workbooks.
        home: where releases lie.
        progress: is told what is done.
        reasoner: what infers.
        keep: how many releases are kept.
        licence: the address of the licence of these data, where their publisher names one. The packaged data
            have their own.

    Raises:
        LicenceError: it is no address of a licence, or the packaged data are to have another one than theirs.
        DataError: the tables cannot be read; it lists every problem.
        ShapeError: a shape of severity Violation is broken.
        ReleaseError: another build is running.
        OSError: the disk is full or cannot be written.
    """
    packaged = all(path.resolve().is_relative_to(demo().resolve()) for path in paths)
    licence = _licence(licence, packaged=packaged)
    dataset = tables.read(paths, schema(), progress)
    releases = Releases(home)
    sources = _digests(dataset.files)
    current = _newest_whole(releases)
    key = _digest(
        json.dumps([sources, _rule_digests(), reasoner, version("policytrace"), licence], sort_keys=True)
    )
    if current is not None and current.manifest["key"] == key:
        return BuildResult(current, new=False)
    with releases.staging() as work:
        loaded = load(dataset, work, progress)
        target = work / "release"
        target.mkdir()
        table_files.write(dataset, target / table_files.TABLES, licence)
        del dataset
        gc.collect()
        manifest = _compose(loaded, work, target, progress, reasoner)
        gc.collect()
        now = datetime.now(UTC)
        created = now.isoformat(timespec="seconds")
        parent = current.path if current else None
        change_dates.write(loaded.mentions, target, parent, created)
        tombstones.write(target, parent, loaded.replaced, created, _identifiers)
        manifest |= {
            "folders": dataset_figures.as_manifest(
                loaded.folders, current.manifest if current else {}, created
            ),
            "format": FORMAT,
            "key": key,
            "packaged": packaged,
            "licence": licence,
            "sources": sources,
            "parent": current.id if current else None,
            "created": created,
            "software": version("policytrace"),
        }
        release_id = _release_id(now, manifest["content"], current)
        manifest["id"] = release_id
        progress("publish", 0, 1)
        for told in (target / STORE).glob(_TOLD):
            told.unlink()
        sums = checksums.of_folder(target)
        manifest["files"] = {name: one.sha256 for name, one in sums.items()}
        (target / MANIFEST).write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n", "utf-8")
        sums[MANIFEST] = checksums.measure(target / MANIFEST)
        release = releases.publish(target, release_id, sums)
        progress("publish", 1, 1)
        prune(releases, keep)
    return BuildResult(release, new=True)


def _licence(named: str | None, *, packaged: bool) -> str | None:
    """The licence of the data of a build."""
    if packaged:
        if named not in (None, LICENCE):
            raise LicenceError(f"the packaged data are under {LICENCE}; leave the licence {named} out.")
        return LICENCE
    if named is not None and not _ADDRESS.fullmatch(named):
        raise LicenceError(
            f"the licence {named!r} is no web address. Name it as {LICENCE} is written: http or https, with "
            "other characters than letters, digits and punctuation percent-encoded."
        )
    return named


def prune(releases: Releases, keep: int) -> list[str]:
    """Remove all but the newest releases; the newest that has dumps stays until a newer one has them.

    Returns:
        The ids of those removed.
    """
    today = datetime.now(UTC).date().isoformat()
    return releases.prune(keep, today, lambda path: (path / DUMPS).is_dir())


def _newest_whole(releases: Releases) -> Release | None:
    """The newest release of which every file is as it was written: what the next one builds upon."""
    found = (release for release in releases.newest_first() if not why_unusable(release))
    return next((release for release in found if release.is_whole), None)


def _identifiers(folder: Path) -> Iterator[str]:
    """The paths of all identifiers of a release: of things, of the records of rows, of hops."""
    yield from tombstones.things(folder)
    graphs = Release(folder.name, folder).open().named_graphs()
    names = (graph.value for graph in graphs if isinstance(graph, ox.NamedNode))
    yield from (name.removeprefix(BASE) for name in names if is_record(name))
    try:
        hops = HopArrays.open(folder / FOLDER)
    except (HopArraysError, OSError):
        return
    yield from (f"id/hop/{hops.hop_id(number)}" for number in range(hops.hop_count))


def check(paths: Sequence[Path], progress: Progress = silent, *, reference: bool = False) -> ValidationReport:
    """Read, load and validate tables without publishing; ``reference`` uses pySHACL.

    Raises:
        DataError: the tables cannot be read; it lists every problem.
    """
    dataset = tables.read(paths, schema(), progress)
    with tempfile.TemporaryDirectory(prefix="policytrace-") as folder:
        return _validate(dataset, Path(folder), progress, reference=reference)


def _validate(dataset: TableSet, work: Path, progress: Progress, *, reference: bool) -> ValidationReport:
    """The store is closed on return: while it is open, its engine writes to the folder."""
    filled = fill_store(dataset, work, progress)
    return validate.reference(filled.store) if reference else validate.validate(filled.store)


def fill_store(dataset: TableSet, work: Path, progress: Progress = silent) -> "FilledStore":
    """Everything a build makes of tables before it validates, in a folder of one's own.

    Raises:
        DataError: the tables cannot be read; it lists every problem.
    """
    return _fill(load(dataset, work, progress), work, work / STORE, progress, "rules")


@dataclass(slots=True)
class FilledStore:
    """A filled store, and what it was filled with."""

    store: ox.Store
    hops: dict[str, int]
    layers: dict[str, Path]
    """The file of hops of each layer."""
    outputs: list[Path]
    """The files of everything that went into the store."""


def _fill(loaded: LoadedTables, work: Path, target: Path, progress: Progress, reasoner: str) -> FilledStore:
    """Fill a store at ``target`` with all graphs of a release."""
    ontology = work / "ontology.nt"
    _write_ontology(ontology)
    inferred = work / "inferred.nt"
    progress("infer", 0, 1)
    if reasoner == "owlrl":
        from policytrace.graph.reasoning.owlrl_reasoner import infer_by_owlrl

        infer_by_owlrl([ontology, loaded.triples], inferred, axioms())
    else:
        infer([ontology, loaded.triples], inferred, axioms())
    loaded.mentions.note_inferred(inferred)
    progress("infer", 1, 1)
    store = ox.Store(str(target))
    progress("store", 0, 1)
    fill(
        store,
        [
            Part(ontology, ("", graph("ontology"))),
            Part(loaded.triples, ("", graph("asserted"))),
            Part(inferred, ("", graph("inferred"))),
            Part(loaded.quads, (None,)),
        ],
    )
    progress("store", 1, 1)
    strengths = strength.judge(store)
    judged = work / "strength.nt"
    strength.write(strengths, judged)
    counts = rules.write(store, strengths, work, progress)
    layers = {layer: work / f"hops-{layer}.nt" for layer in LAYERS}
    fill(
        store,
        [
            Part(judged, ("", graph("strength"))),
            *(
                Part(path, ("", graph("hops", layer)) if layer == INFLUENCE else (graph("hops", layer),))
                for layer, path in layers.items()
            ),
        ],
    )
    outputs = [ontology, loaded.triples, inferred, judged, *layers.values(), loaded.quads]
    return FilledStore(store, counts, layers, outputs)


def _compose(
    loaded: LoadedTables, work: Path, target: Path, progress: Progress, reasoner: str
) -> dict[str, Any]:
    """Fill and validate the store of a release; returns what its manifest says of the contents."""
    filled = _fill(loaded, work, target / STORE, progress, reasoner)
    filled.store.flush()
    apart = sum(path.stat().st_size for path in filled.outputs) >= survey.LARGE
    with (
        survey.survey_alongside(filled.store, work, target, apart=apart) as surveyed,
        ThreadPoolExecutor(1) as thread,
    ):
        digests = thread.submit(lambda: [checksum(path) for path in filled.outputs])
        report = validate.validate(filled.store, progress=progress)
        if report.violations:
            raise ShapeError(report.text())
        (target / REPORT).write_text(report.turtle(), "utf-8")
        table.write(filled.store, filled.layers, target)
        sizes = _sizes(filled.store)
        content, counted = _digest("".join(digests.result())), surveyed()
    return {
        "content": content,
        "things": loaded.things,
        "hops": filled.hops,
        "triples": sizes,
        "statistics": counted,
        "validation": report.summary(),
        "rules": {"strength": strength.RULE_VERSION, "hops": rules.rule_version(), "reasoner": reasoner},
    }


def _graph(*parts: str) -> ox.NamedNode:
    return ox.NamedNode(graph(*parts))


def _sizes(store: ox.Store) -> dict[str, int]:
    """Distinct triples of the default graph and of each graph that is not a record."""
    names: list[ox.NamedNode | ox.DefaultGraph] = [ox.DefaultGraph()]
    names += [_graph(name) for name in ("asserted", "inferred", "ontology", "strength", "records")]
    names += [_graph("hops", layer) for layer in LAYERS]
    return {
        "default" if isinstance(name, ox.DefaultGraph) else name.value: _size(store, name) for name in names
    }


def _size(store: ox.Store, name: ox.NamedNode | ox.DefaultGraph) -> int:
    answer = store.query("SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }", default_graph=[name])
    assert isinstance(answer, ox.QuerySolutions)
    return int(next(iter(answer))["n"].value)


def _walk(entry: Traversable) -> list[tuple[str, bytes]]:
    if entry.is_file():
        return [(entry.name, entry.read_bytes())]
    return [
        (f"{entry.name}/{name}", data)
        for child in sorted(entry.iterdir(), key=lambda child: child.name)
        for name, data in _walk(child)
    ]


def _rule_digests() -> dict[str, str]:
    """Digest of each packaged folder or file that decides what a build gives."""
    root = files("policytrace")
    return {
        name: _digest(
            "".join(f"{path}\0{hashlib.sha256(data).hexdigest()}\n" for path, data in _walk(root / name))
        )
        for name in _RULES
    }


def _write_ontology(path: Path) -> None:
    """The ontology and its concept schemes as N-Triples, with identifiers for the lists of its chains."""
    root = files("policytrace") / "ontology"
    found = ox.Dataset()
    for name, data in _walk(root):
        if name.endswith(".ttl") and not name.endswith(("/style.ttl", "/prefixes.ttl")):
            for quad in ox.parse(data, format=ox.RdfFormat.TURTLE, rename_blank_nodes=True):
                found.add(quad)
    found.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    lines = {f"{_skolem_iri(quad.subject)} {quad.predicate} {_skolem_iri(quad.object)} .\n" for quad in found}
    path.write_text("".join(sorted(lines)), "utf-8")


def _skolem_iri(term: object) -> object:
    return f"<{PT}{_SKOLEM}{term.value}>" if isinstance(term, ox.BlankNode) else term


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _digests(paths: Sequence[Path]) -> dict[str, str]:
    return {f"{path.parent.name}/{path.name}": checksum(path) for path in paths}


def _release_id(now: datetime, content: str, current: Release | None) -> str:
    """The name of a new release, which sorts after that of the release before it."""
    found = release_id(now, content)
    if current is not None and found <= current.id:
        return release_id(time_of(current.id) + timedelta(seconds=1), content)
    return found
