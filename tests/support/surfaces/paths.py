"""Questions about transfer paths: no transfer of the tables is missing in an answer, and none is invented."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from oracle import Transfer

from policytrace.graph.notebook import open_release
from surfaces.data_set import DataSet, Differences, path_of, same, same_sets

MOST = "10000"
"""The largest number of paths that can be asked for."""
FROM = {
    "practice": "transfers",
    "proposal": "transfers",
    "theme": "transfers",
    "organisation": "transfers-taught",
    "region": "transfers-taught",
    "country": "transfers-taught",
}
"""Kinds of things at which a question begins, and the role of the transfers that learned from them."""
TO = {
    "measure": "transfers",
    "instrument": "transfers",
    "project": "transfers",
    "programme": "transfers",
    "organisation": "transfers-learned",
    "region": "transfers-learned",
    "country": "transfers-learned",
}
"""The same of things at which a question ends."""


def answers(data: DataSet) -> Differences:
    """Where something went or came from: exactly the realised transfers that name it, and what led on."""
    for option, kinds in (("from", FROM), ("to", TO)):
        for kind, role in kinds.items():
            for thing in data.some(role, kind):
                yield from _told(data, {option: thing}, _realised(data.oracle.chosen(role, thing)))


def pairs(data: DataSet) -> Differences:
    """From country to country: exactly the realised transfers of the pair, and what led on."""
    every = data.oracle.pairs("country")
    for giver, receiver in data.sample(sorted(every, key=lambda pair: (-len(every[pair]), pair))):
        yield from _told(data, {"from": giver, "to": receiver}, _realised(every[giver, receiver]))


def considered(data: DataSet) -> Differences:
    """What was only considered is told when it is asked for."""
    for thing in data.some("transfers-learned", "country"):
        right = [t.id for t in data.oracle.chosen("transfers-learned", thing) if t.layer == "considered"]
        yield from _told(data, {"to": thing, "layer": "considered"}, right)


def _realised(transfers: Iterable[Transfer]) -> list[str]:
    return [t.id for t in transfers if t.layer == "realised"]


def _told(data: DataSet, question: Mapping[str, str], right: Iterable[str]) -> Differences:
    what = f"/api/paths?{'&'.join(f'{name}={value}' for name, value in question.items())}"
    answer = data.json("api/paths", **question, max_paths=MOST)
    if "transfers" not in answer or "chains" not in answer:
        yield f"{what}: the answer names no transfers and chains"
    named = answer.get("transfers", [])
    yield from same_sets(f"{what} directly", (_id(one) for one in named if one["direct"]), right)
    shown = transfers_of(answer)
    if missing := set(right) - shown:
        yield f"{what}: {len(missing)} missing: {sorted(missing)[:5]}"
    if invented := shown - set(data.oracle.transfers):
        yield f"{what}: {len(invented)} that no table has: {sorted(invented)[:5]}"
    if counts := answer.get("counts"):
        yield from same(f"{what} counts", counts["transfers"], len(shown))
        yield from same(f"{what} counts, direct", counts["direct"], sum(one["direct"] for one in named))
    chained = {_id(one) for chain in answer.get("chains", ()) for one in chain["transfers"]}
    yield from same_sets(f"{what} chains", chained, shown)


def transfers_of(answer: Mapping[str, Any]) -> set[str]:
    """The ids of the transfers that an answer names."""
    listed = answer.get("transfers")
    if listed is None:
        hops = [hop for path in answer["paths"] for hop in path["hops"]]
        listed = [hop["transfer"] for hop in hops if hop.get("transfer")]
    return {_id(one) for one in listed}


def _id(one: object) -> str:
    return path_of(one["id"] if isinstance(one, dict) else str(one)).removeprefix("transfer/")


def elsewhere(data: DataSet) -> Differences:
    """The command, the notebook and the files name the same transfers as the interface for programs."""
    for thing in data.some("transfers-taught", "country"):
        asked = data.json("api/paths", **{"from": thing}, max_paths=MOST)
        right = transfers_of(asked)
        printed = json.loads(data.command("paths", "--from", thing, "--max-paths", MOST, "--format", "json"))
        yield from same_sets(f"policytrace paths --from {thing}", transfers_of(printed), right)
        release = open_release(home=data.home)
        found = release.paths(from_=thing, max_paths=MOST).as_dict()
        yield from same_sets(f"release.paths(from_={thing!r})", transfers_of(found), right)
        rows = data.command_rows("paths", "--from", thing, "--max-paths", MOST)
        listed = {_id(row["transfer"]) for row in rows if row["transfer"]}
        yield from same_sets(f"policytrace paths --from {thing} --format csv", listed, right)
        first = data.command("paths", "--from", thing, "--max-paths", MOST).partition("\n")[0]
        words = re.match(r"(\d+) transfers?\b", first)
        if words or right:
            yield from same(
                f"policytrace paths --from {thing}", int(words[1]) if words else first, len(right)
            )


def passages(data: DataSet) -> Differences:
    """How many passages each transfer of an answer rests on."""
    for thing in data.some("transfers-learned", "country"):
        for one in data.json("api/paths", to=thing, max_paths=MOST).get("transfers", ()):
            right = len(data.oracle.transfers[_id(one)].passages)
            yield from same(f"/api/paths?to={thing} passages of {_id(one)}", one.get("passages"), right)
