"""How many things of each kind there are: in lists, collections, VoID, the catalogue and statistics."""

import json
import re

from oracle import Oracle, listed

from surfaces.data_set import DataSet, Differences, path_of, same

TABLES = {
    "practice": "good_practices",
    "measure": "measures",
    "instrument": "policy_instruments",
    "region": "regions",
    "event": "events",
    "plan": "action_plans",
    "transfer": "transfers",
    "policy-change": "policy_changes",
    "proposal": "proposals",
    "problem": "problems",
    "output": "outputs",
    "country": "countries",
    "figure": "figures",
    "publisher": "publishers",
    "passage": "passages",
    "membership": "participants",
    "partnership": "project",
    "link": "links",
    "match": "matches",
    "gap": "gaps",
}
"""Kinds of things of which each row of a table is one."""
CLASSES = {
    "practice": "GoodPractice",
    "measure": "Measure",
    "instrument": "PolicyInstrument",
    "region": "Region",
    "transfer": "LearningTransfer",
    "passage": "Passage",
    "evidence": "EvidenceLine",
    "document": "Document",
    "publisher": "Publisher",
    "project": "Project",
    "programme": "Programme",
}
_PT = "https://w3id.org/policytrace/ns#"
_WITHOUT_NAMES = ("passage", "membership", "partnership", "link", "match", "gap")
"""Kinds whose things have no list, or one that has no other format."""
_KINDS = ("project", "programme", "platform")


def rows_of(oracle: Oracle, segment: str) -> int:
    """How many things of a kind the tables have.

    Raises:
        KeyError: the kind is not known here.
    """
    if segment in _KINDS:
        return sum(row["kind"] == segment for row in oracle.tables.rows("project"))
    if segment == "organisation":
        return sum(not row.get("same_as") for row in oracle.tables.rows("organisations"))
    if segment == "document":
        return len(_documents(oracle))
    if segment == "evidence":
        return len(oracle.tables.rows("evidence")) + _derived_lines(oracle)
    return len(oracle.tables.rows(TABLES[segment]))


def _documents(oracle: Oracle) -> set[str]:
    cited = {row["id"] for row in oracle.tables.rows("documents")}
    for name in oracle.tables.names:
        for row in oracle.tables.rows(name):
            for column in ("source_url", "repeats"):
                cited |= {oracle.publishers.document(one) for one in listed(row, column, " ; ")}
    return cited


def _derived_lines(oracle: Oracle) -> int:
    """Documents that transfers cite and no evidence line describes."""
    described = {
        (line["claim_id"], cited)
        for line in oracle.tables.rows("evidence")
        for cited in listed(line, "source_url", " ; ")
    }
    rows = oracle.tables.rows("transfers")
    return sum(
        (row["id"], cited) not in described for row in rows for cited in listed(row, "source_url", " ; ")
    )


def lists(data: DataSet) -> Differences:
    """The list of each kind, and the collection of it."""
    for segment in (*TABLES, "organisation", "project", "document"):
        right = rows_of(data.oracle, segment)
        if right and segment not in _WITHOUT_NAMES:
            shown = data.json(f"browse/{segment}", format="json")
            yield from same(f"/browse/{segment}", shown["total"], right)
            yield from same(f"/collection/{segment}", _collection(data, segment), right)


def _collection(data: DataSet, segment: str) -> int | None:
    text = data.get(f"collection/{segment}.nt", "*/*").decode()
    found = re.search(r'totalItems> "(\d+)"', text)
    return int(found[1]) if found else None


def void(data: DataSet) -> Differences:
    """The partitions of VoID by class."""
    text = data.get("void.nt", "*/*").decode()
    classes = dict(re.findall(r"^(_:\S+) <http://rdfs.org/ns/void#class> <([^>]+)>", text, re.MULTILINE))
    counts = dict(re.findall(r'^(_:\S+) <http://rdfs.org/ns/void#entities> "(\d+)"', text, re.MULTILINE))
    by_class = {iri: int(counts[node]) for node, iri in classes.items() if node in counts}
    for segment, name in CLASSES.items():
        right = rows_of(data.oracle, segment)
        yield from same(f"/void {name}", by_class.get(_PT + name, 0), right)


def catalogue(data: DataSet) -> Differences:
    """The rows that the data set of each project has."""
    for project in data.projects:
        folder = next(row["folder"] for row in data.oracle.tables.rows("project") if row["id"] == project)
        tables = data.oracle.tables
        right = sum(row["folder"] == folder for name in tables.names for row in tables.rows(name))
        name = folder.replace("\\", "/").rpartition("/")[2]
        text = data.text(f"dataset/{name}")
        found = re.search(r"<dt>Table rows</dt><dd>([^<]+)</dd>", text)
        yield from same(f"/dataset/{name} table rows", _digits(found[1]) if found else None, right)


def _digits(text: str) -> int:
    return int(re.sub(r"\D", "", text))


def statistics(data: DataSet) -> Differences:
    """What the commands ``stats`` and ``describe`` say a release holds, and the same in its manifest."""
    shown = json.loads(data.command("stats", "--json"))["things"]
    for table in TABLES.values():
        yield from same(
            f"policytrace stats, {table}", shown.get(table, 0), len(data.oracle.tables.rows(table))
        )
    yield from same(
        "policytrace stats, documents", shown.get("documents", 0), rows_of(data.oracle, "document")
    )


def model(data: DataSet) -> Differences:
    """Where transfers were received and given, what kind of giver they have and their layer, by SPARQL."""
    prefix = f"PREFIX pt: <{_PT}> "
    everything = data.oracle.transfers
    for name in ("receivedIn", "givenIn", "giverKind", "layer"):
        rows = data.query(f"{prefix} SELECT ?t ?v {{ ?t a pt:LearningTransfer ; pt:{name} ?v }}")
        found: dict[str, set[str]] = {key: set() for key in everything}
        for row in rows:
            found.setdefault(row["t"].removeprefix("transfer/"), set()).add(row["v"])
        for key, transfer in everything.items():
            right = {
                "receivedIn": {place for place in transfer.receiver if not place.startswith("organisation/")},
                "givenIn": {place for place in transfer.giver if not place.startswith("organisation/")},
                "giverKind": {f"giver-kind/{transfer.giver_kind}"},
                "layer": {f"layer/{transfer.layer}"},
            }[name]
            yield from same(f"pt:{name} of {key}", sorted(found[key]), sorted(right))


def suggestions(data: DataSet) -> Differences:
    """What forms suggest shows no number; each thing is suggested once."""
    for practice in data.some("transfers", "practice"):
        row = data.oracle.tables.by_id("good_practices")[practice.partition("/")[2]]
        found = [path_of(one["iri"]) for one in data.json("api/suggest", q=row["title"], limit="50")]
        yield from same(f"/api/suggest?q={row['title']} names {practice}", found.count(practice), 1)
