"""Reports about things: the page and the workbook have the transfers of the thing, each once."""

from oracle import Transfer

from surfaces.data_set import DataSet, Differences, path_of, same_sets
from surfaces.pages import required

ROLES = {
    "project": ("transfers",),
    "practice": ("transfers", "transfers-onward"),
    "measure": ("transfers",),
    "instrument": ("transfers",),
    "region": ("transfers-with",),
    "organisation": ("transfers-with",),
}
"""Kinds of things that have reports, and which transfers are theirs."""


def workbooks(data: DataSet) -> Differences:
    """The sheet of transfers."""
    for kind, roles in ROLES.items():
        for thing in data.some(roles[0], kind):
            found = [
                path_of(row["transfer"]).removeprefix("transfer/")
                for row in data.sheet(f"report/{thing}.xlsx")
            ]
            right = [t.id for t in of_report(data, thing)]
            yield from same_sets(f"/report/{thing}.xlsx", found, right)
            if len(found) != len(set(found)):
                yield f"/report/{thing}.xlsx: {len(found) - len(set(found))} transfers stand in it twice"


def pages(data: DataSet) -> Differences:
    """The numbers of the page."""
    for kind, roles in ROLES.items():
        for thing in data.some(roles[0], kind):
            yield from required(data, f"report/{thing}", [(roles[0], thing, {})])


def of_report(data: DataSet, thing: str) -> list[Transfer]:
    """The transfers of a thing that has a report."""
    found = (t for role in ROLES[thing.partition("/")[0]] for t in data.oracle.chosen(role, thing))
    return list({transfer.id: transfer for transfer in found}.values())
