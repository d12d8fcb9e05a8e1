"""Tables to RDF: what rows become, and what they state beyond their columns."""

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest
from folders import SMALL, TRAPS
from openpyxl import Workbook

from policytrace.graph.releases.change_dates import Mentions
from policytrace.graph.tables.load import load
from policytrace.graph.tables.schema import schema
from policytrace.graph.tables.tables import read
from policytrace.graph.vocabulary.problems import DataError
from policytrace.graph.vocabulary.terms import concept, expand, graph, thing


def _load(paths: list[Path], folder: Path) -> ox.Store:
    folder.mkdir(exist_ok=True)
    loaded = load(read(paths, schema()), folder)
    store = ox.Store()
    store.bulk_load(path=str(loaded.quads), format=ox.RdfFormat.N_QUADS)
    store.bulk_load(path=str(loaded.triples), format=ox.RdfFormat.N_TRIPLES)
    return store


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> ox.Store:
    return _load([SMALL], tmp_path_factory.mktemp("small"))


def _values(store: ox.Store, subject: str, curie: str) -> set[str]:
    quads = store.quads_for_pattern(
        ox.NamedNode(subject), ox.NamedNode(expand(curie)), None, ox.DefaultGraph()
    )
    return {str(quad.object) for quad in quads}


def _transfer(name: str) -> str:
    return thing("transfer", name)


def test_a_cell_becomes_the_property_its_column_declares(small: ox.Store) -> None:
    desk = thing("measure", "me-desk")
    assert _values(small, desk, "rdfs:label") == {'"Welcome desk"@en'}
    (money,) = _values(small, desk, "pt:money")
    assert _values(small, desk, "pt:amount") == set()
    assert _values(small, money.strip("<>"), "pt:amount") == {
        '"424700"^^<http://www.w3.org/2001/XMLSchema#decimal>'
    }
    assert _values(small, desk, "pt:stage") == {f"<{concept('stage', 'implemented')}>"}
    assert _values(small, desk, "pt:outcome") == {f"<{concept('outcome', 'open')}>"}
    assert _values(small, desk, "pt:inProject") == {f"<{thing('project', 'alpha')}>"}


def test_text_with_quotes_and_line_breaks_survives(small: ox.Store) -> None:
    house = thing("practice", "gp-house")
    assert _values(small, house, "rdfs:label") == {'"Talent House “A”"@en'}
    assert _values(small, house, "dct:description") == {'"Rooms, and\\nadvice"@en'}


def test_a_local_name_has_the_language_its_column_gives(small: ox.Store) -> None:
    assert _values(small, thing("region", "friesland"), "skos:altLabel") == {'"Fryslân"@fy'}


def test_a_nuts_code_is_the_same_territory_or_a_wider_one(small: ox.Store) -> None:
    assert _values(small, thing("region", "friesland"), "skos:exactMatch") == {
        "<http://data.europa.eu/nuts/code/NL12>"
    }
    assert _values(small, thing("region", "leeuwarden"), "skos:exactMatch") == set()
    assert _values(small, thing("region", "leeuwarden"), "skos:broadMatch") == {
        "<http://data.europa.eu/nuts/code/NL124>"
    }


def test_a_date_is_kept_as_written_and_as_an_interval(small: ox.Store) -> None:
    assert _values(small, _transfer("tr-desk"), "pt:dateAsWritten") == {'"2018-06"'}
    assert _values(small, _transfer("tr-desk"), "pt:latest") == {
        '"2018-06-30"^^<http://www.w3.org/2001/XMLSchema#date>'
    }
    assert _values(small, thing("project", "alpha"), "pt:latest") == set()


def test_a_realised_transfer_states_influence_and_a_rejected_one_does_not(small: ox.Store) -> None:
    assert _values(small, thing("measure", "me-desk"), "pt:realisedThrough") == {f"<{_transfer('tr-desk')}>"}
    assert _values(small, thing("region", "leeuwarden"), "pt:regionReceived") == {f"<{_transfer('tr-desk')}>"}
    dream = ox.NamedNode(_transfer("tr-dream"))
    assert _values(small, dream.value, "pt:layer") == {f"<{concept('layer', 'considered')}>"}
    for curie in ("pt:realisedThrough", "pt:regionReceived", "pt:organisationReceived"):
        assert not list(small.quads_for_pattern(None, ox.NamedNode(expand(curie)), dream, None))
    assert _values(small, thing("organisation", "receiver"), "pt:organisationReceived") == {
        f"<{_transfer('tr-desk')}>"
    }


def test_the_source_decides_the_kind_of_influence(small: ox.Store) -> None:
    assert f"<{expand('prov:EntityInfluence')}>" in _values(small, _transfer("tr-desk"), "rdf:type")
    assert _values(small, _transfer("tr-desk"), "prov:entity") == {f"<{thing('practice', 'gp-house')}>"}
    assert f"<{expand('prov:ActivityInfluence')}>" in _values(small, _transfer("tr-whole"), "rdf:type")
    assert _values(small, _transfer("tr-whole"), "prov:entity") == set()
    assert _values(small, _transfer("tr-whole"), "prov:activity") == {f"<{thing('project', 'alpha')}>"}


def test_every_source_is_an_evidence_line_with_its_publishers_relation(small: ox.Store) -> None:
    relations = [
        _values(small, thing("evidence", f"tr-desk-{number}"), "pt:publisherRelation")
        for number in (1, 2, 3, 4)
    ]
    assert relations == [
        {f"<{concept('publisher-relation', name)}>"}
        for name in ("project", "third-party", "giver", "unknown")
    ]
    assert _values(small, thing("evidence", "tr-dream-1"), "pt:publisherRelation") == {
        f"<{concept('publisher-relation', 'programme')}>"
    }


def test_an_organisation_recorded_as_the_same_is_one_thing(small: ox.Store) -> None:
    receiver = thing("organisation", "receiver")
    assert _values(small, thing("organisation", "receiver-bis"), "rdf:type") == set()
    assert _values(small, receiver, "skos:altLabel") == {'"The receiver under another name"@en'}
    assert _values(small, _transfer("tr-dream"), "pt:toOrganisation") == {f"<{receiver}>"}
    assert _values(small, thing("membership", "alpha-receiver"), "org:member") == {f"<{receiver}>"}


def test_a_record_says_where_its_row_stands_and_what_it_cites(small: ox.Store) -> None:
    record = ox.NamedNode(graph("alpha", "transfers", "tr-desk"))
    about = {
        quad.predicate.value.rpartition("#")[2]: str(quad.object)
        for quad in small.quads_for_pattern(record, None, None, ox.NamedNode(graph("records")))
    }
    assert about["describes"] == f"<{_transfer('tr-desk')}>"
    assert about["inFile"] == '"alpha/transfers.csv"'
    assert about["inRow"] == '"2"^^<http://www.w3.org/2001/XMLSchema#integer>'
    assert about["sourceDateAsWritten"] == '"2019-01"'
    statement = small.quads_for_pattern(ox.NamedNode(_transfer("tr-desk")), None, None, record)
    assert any(quad.predicate.value == expand("pt:source") for quad in statement)


def test_a_row_after_a_cell_of_two_lines_keeps_its_line(tmp_path: Path) -> None:
    shutil.copytree(SMALL, tmp_path / "data")
    path = tmp_path / "data" / "alpha" / "good_practices.csv"
    with path.open("a", encoding="utf-8") as file:
        file.write("gp-second,Second,no,,,,,,,,,,,,,https://giver.example/2,,high\n")
    dataset = read([tmp_path / "data"], schema())
    sheet = next(sheet for sheet in dataset.sheets if sheet.table.name == "good_practices")
    assert [row.line for row in sheet.rows] == [2, 4]


def test_a_workbook_gives_the_same_statements_as_its_folder(tmp_path: Path) -> None:
    book = Workbook()
    book.remove(book.active)  # type: ignore[arg-type]
    for path in sorted((SMALL / "alpha").glob("*.csv")):
        sheet = book.create_sheet(path.stem)
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.reader(file):
                sheet.append([int(cell) if cell.isdigit() else cell or None for cell in row])
    shutil.copytree(SMALL / "shared", tmp_path / "in" / "shared")
    book.save(tmp_path / "in" / "alpha.xlsx")
    from_folder = _load([SMALL], tmp_path / "a")
    from_book = _load([tmp_path / "in"], tmp_path / "b")
    default = ox.DefaultGraph()
    assert {q.triple for q in from_book.quads_for_pattern(None, None, None, default)} == {
        q.triple for q in from_folder.quads_for_pattern(None, None, None, default)
    }


def test_evidence_may_bear_on_what_a_measure_states(tmp_path: Path) -> None:
    shutil.copytree(SMALL, tmp_path / "tables")
    alpha = tmp_path / "tables" / "alpha"
    (alpha / "passages.csv").write_text(
        "id,locator,locator_state,source_url,confidence\npage,page 3,given,https://paper.example/desk,high\n",
        "utf-8",
    )
    (alpha / "evidence.csv").write_text(
        "id,claim_id,passage_id,direction,source_url,confidence\n"
        "line,me-desk,page,supports,https://paper.example/desk,high\n",
        "utf-8",
    )
    store = _load([tmp_path / "tables"], tmp_path / "work")
    line = thing("evidence", "line")
    assert _values(store, line, "pt:evidenceFor") == {f"<{thing('measure', 'me-desk')}>"}
    (passage,) = _values(store, line, "pt:passage")
    assert _values(store, passage.strip("<>"), "pt:locator") == {'"page 3"'}
    assert _values(store, line, "pt:publisherRelation") == {
        f"<{concept('publisher-relation', 'third-party')}>"
    }
    assert _values(store, line, "rdfs:label") == {'"Evidence for Welcome desk (third-party)"@en'}


def test_two_publishers_cannot_declare_the_same_host(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "publishers.csv").write_text(
            f"id,name,kind,hosts,confidence\n{name},The {name},media,news.example,high\n", "utf-8"
        )
    with pytest.raises(DataError, match="declared by two publishers, one and other"):
        load(read([tmp_path], schema()), tmp_path)


def test_fingerprints_do_not_depend_on_the_seed_of_hashes(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path;"
        "from policytrace.graph.tables.load import load; from policytrace.graph.tables.schema import schema;"
        "from policytrace.graph.tables.tables import read;"
        "loaded = load(read([Path(sys.argv[1])], schema()), Path(sys.argv[2]));"
        "print(*loaded.mentions.fingerprints(), sep='\\n')"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code, str(TRAPS), str(tmp_path)],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(found) == 1
    assert found.pop()


def test_an_inferred_statement_changes_what_is_said_of_both_things(tmp_path: Path) -> None:
    mentions = Mentions()
    one, other = (f"<{thing('region', name)}>" for name in ("one", "other"))
    mentions.note("stated", {one, other}, ())
    before = dict(mentions.fingerprints())
    inferred = tmp_path / "inferred.nt"
    inferred.write_text(f"{one} <{expand('pt:within')}> {other} .\n", "utf-8")
    mentions.note_inferred(inferred)
    after = dict(mentions.fingerprints())
    assert all(before[path] != after[path] for path in before)
