"""Order of time: breaks that are certain, those that dates leave possible, and dates that do not tell."""

from datetime import date

import pyoxigraph as ox
import pytest

from policytrace.graph.library.queries import query
from policytrace.graph.sparql.engine import OxigraphEngine, Rows
from policytrace.graph.tables.dates import interval
from policytrace.graph.vocabulary.terms import XSD, expand, thing

TRANSFER, EVENT = thing("transfer", "t"), thing("event", "e")


def _node(name: str) -> ox.NamedNode:
    return ox.NamedNode(name if "://" in name else expand(name))


def _verdicts(cause: str, kind: str = "pt:LearningEvent", **dates: str) -> set[tuple[str, str]]:
    """What the query finds for a transfer through something, each date as written, with its rule."""
    store = ox.Store()

    def say(subject: str, name: str, value: ox.NamedNode | ox.Literal) -> None:
        store.add(ox.Quad(_node(subject), _node(name), value))

    def dated(subject: str, stem: str, text: str) -> None:
        found = interval(text)
        for name, value in (("Earliest", found.earliest), ("Latest", found.latest)):
            date.fromisoformat(value)
            say(
                subject,
                f"pt:{stem}{name}" if stem else f"pt:{name.lower()}",
                ox.Literal(value, datatype=_node(XSD + "date")),
            )

    project = thing("project", "p")
    for subject in (TRANSFER, EVENT, project):
        say(subject, "rdfs:label", ox.Literal(subject))
    say(TRANSFER, "rdf:type", _node("pt:LearningTransfer"))
    say(TRANSFER, "pt:inProject", _node(project))
    say(TRANSFER, "dct:source", _node(thing("document", "d")))
    by = "pt:throughEvent" if kind == "pt:LearningEvent" else "pt:source"
    say(TRANSFER, by, _node(EVENT))
    say(EVENT, "rdf:type", _node(kind))
    dated(EVENT, "", cause)
    for stem, text in dates.items():
        dated(TRANSFER, "" if stem == "as_of" else stem, text)
    answer = OxigraphEngine(store).query(query("time_order_breaks").text)
    assert isinstance(answer, Rows)
    at = [answer.variables.index(name) for name in ("found", "rule")]
    return {tuple(row[n].value for n in at) for row in answer.rows if row[at[0]]}  # type: ignore[union-attr,misc]


@pytest.mark.parametrize(
    ("cause", "dates", "verdict"),
    [
        ("2019", {"learnedOn": "2019"}, None),
        ("2019-05", {"learnedOn": "2019"}, None),
        ("2019", {"learnedOn": "2019-05"}, None),
        ("2018", {"learnedOn": "2019"}, None),
        ("2020", {"learnedOn": "2019"}, "certain"),
        ("2019-06/2020-05", {"learnedOn": "2019"}, "perhaps"),
        ("2019-12", {"learnedOn": "2019"}, "perhaps"),
        ("2019-06", {"learnedOn": "2019-07", "as_of": "2018"}, None),
        ("2019-06", {"learnedOn": "2018", "as_of": "2021"}, "certain"),
        ("2019-06", {"uptakeOn": "2018", "as_of": "2021"}, "certain"),
        ("2019-06", {"as_of": "2018"}, "certain"),
    ],
)
def test_an_event_comes_before_what_was_learned(
    cause: str, dates: dict[str, str], verdict: str | None
) -> None:
    assert _verdicts(cause, **dates) == ({(verdict, "event before transfer")} if verdict else set())


@pytest.mark.parametrize("learned", ["2017", "2016-04", "2020"])
def test_a_project_that_contains_the_learning_breaks_no_order(learned: str) -> None:
    assert _verdicts("2016-04/2022", "pt:Exchange", learnedOn=learned) == set()
    assert _verdicts("2016-04/2022", "pt:Exchange", learnedOn="2015") == {
        ("certain", "practice before transfer")
    }
