"""Requests made of real ones by mutation of path, parameters, headers and body; the same for a seed."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from html import unescape
from random import Random
from typing import Any
from urllib.parse import parse_qsl, quote, urljoin, urlsplit

import yaml
from flask import Flask
from folders import DATA, ROOT
from walk import SITE, kind, walk

from policytrace.graph.library.queries import library

Pairs = tuple[tuple[str, str], ...]

OF_A_KIND = 8
"""Addresses of one kind of page that are taken as a beginning."""
FILLING = ("practice", "gp-chemnitz-agency", "upgradesme", "brokers", "map", "svg", "ttl", "theme", "latest")
"""What stands for the variable parts of a rule."""
NASTY: dict[str, Any] = tomllib.loads((DATA / "nasty.toml").read_text("utf-8"))
"""What is put into requests, part by part."""
LONG = (241, 300, 5000)
"""Characters to which a value is repeated now and then."""


@dataclass(frozen=True)
class MadeRequest:
    """A request before it is written: its path is unquoted, its parameters are in order."""

    method: str
    path: str
    parameters: Pairs = ()
    headers: Pairs = ()
    body: bytes = b""
    raw: bytes = b""
    """What is added to the address as it is."""

    def written(self) -> bytes:
        """What is sent, as HTTP/1.1 has it (RFC 9112)."""
        pairs = "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in self.parameters)
        target = (
            quote(_bytes(self.path), safe="/:@!$'()*,;=-._~") + (f"?{pairs}" if pairs else "")
        ).encode() + self.raw
        lines = [f"{self.method} ".encode() + target + b" HTTP/1.1", b"Host: fuzz.example"]
        lines += [f"{name}: {value}".encode("latin-1", "replace") for name, value in self.headers]
        if self.body or self.method in ("POST", "PUT", "PATCH"):
            lines.append(f"Content-Length: {len(self.body)}".encode())
        return b"\r\n".join([*lines, b"", self.body])


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _quoted(text: str) -> str:
    return quote(_bytes(text), safe="")


def seeds(app: Flask) -> list[MadeRequest]:
    """Real requests: each rule of the application, what it describes as OpenAPI, what its pages link to.

    Rules filled in stand there once, requests that have an answer several times, so that they come as often.
    """
    answered = sorted({*_of_description(), *_of_pages(app), *_of_queries(), _check(app)}, key=repr)
    return [*sorted(set(_of_rules(app)), key=repr), *answered * 4]


def _of_rules(app: Flask) -> Iterator[MadeRequest]:
    for rule in app.url_map.iter_rules():
        for filling in FILLING:
            path = re.sub(r"<[^>]*>", filling, rule.rule)
            for method in (rule.methods or set()) & {"GET", "POST"}:
                yield MadeRequest(method, path)


def _of_description() -> Iterator[MadeRequest]:
    described = yaml.safe_load((ROOT / "server" / "site" / "openapi.yaml").read_text("utf-8"))
    for path, operations in described["paths"].items():
        for operation in operations.values():
            named = [one for one in operation.get("parameters", ()) if one.get("in") == "query"]
            pairs = tuple((one["name"], str(one.get("example", ""))) for one in named)
            yield MadeRequest("GET", re.sub(r"\{[^}]*\}", FILLING[1], path), pairs)


def _of_pages(app: Flask) -> Iterator[MadeRequest]:
    taken: dict[tuple[str, frozenset[str]], int] = {}
    for seen in walk(app.test_client()):
        for link in re.findall(r'(?:href|src|action)="([^"]+)"', seen.text):
            address = urlsplit(urljoin(SITE + seen.path, unescape(link)))
            if not address.geturl().startswith(f"{SITE}/"):
                continue
            pairs = tuple(parse_qsl(address.query, keep_blank_values=True))
            key = kind(address.path), frozenset(name for name, _ in pairs)
            taken[key] = taken.get(key, 0) + 1
            if taken[key] <= OF_A_KIND:
                yield MadeRequest("GET", address.path, pairs)


def _of_queries() -> Iterator[MadeRequest]:
    for query in library().values():
        yield MadeRequest("GET", "/sparql", (("query", query.text),))
        yield MadeRequest(
            "POST",
            "/sparql",
            headers=(("Content-Type", "application/sparql-query"),),
            body=_bytes(query.text),
        )


def _check(app: Flask) -> MadeRequest:
    """A workbook that is checked."""
    answer = app.test_client().get("/check/template.xlsx")
    return MadeRequest("POST", "/check", headers=(("Content-Type", str(answer.mimetype)),), body=answer.data)


class Mutator:
    """Makes requests of real ones; the same for the same seed and the same beginnings."""

    def __init__(self, beginnings: Sequence[MadeRequest], seed: int) -> None:
        self._all, self._chance = beginnings, Random(seed)  # noqa: S311
        self._names = sorted(
            {name for one in beginnings for name, _ in one.parameters} | {"release", "since", "page"}
        )
        self._values = sorted({value for one in beginnings for _, value in one.parameters})
        self._ways = (
            self._path,
            self._value,
            self._value,
            self._value,
            self._more,
            self._less,
            self._header,
            self._other,
        )

    def make(self, number: int) -> Iterator[MadeRequest]:
        """So many requests, each mutated once to four times."""
        for _ in range(number):
            made = self._chance.choice(self._all)
            if made.path == "/check" and made.method == "POST" and self._chance.random() > 0.1:
                made = replace(made, method="GET")  # each starts a process
            for _ in range(self._chance.choice((1, 1, 2, 3, 4))):
                made = self._chance.choice(self._ways)(made)
            yield made

    def _some(self) -> str:
        return self._lengthened(self._chance.choice(self._chance.choice((NASTY["values"], self._values))))

    def _lengthened(self, text: str) -> str:
        """A text, now and then repeated until it is long."""
        long = self._chance.choice(LONG)
        return ((text or "a") * long)[:long] if self._chance.random() < 0.1 else text

    def _spoiled(self, text: str) -> str:
        """A text with a part replaced, doubled or taken out."""
        at, to = sorted(self._chance.randrange(len(text) + 1) for _ in range(2))
        return text[:at] + self._chance.choice((self._some(), text[at:to] * 2, "", self._some())) + text[to:]

    def _path(self, made: MadeRequest) -> MadeRequest:
        parts = made.path.split("/")
        at = self._chance.randrange(1, len(parts)) if len(parts) > 1 else 0
        parts[at] = self._chance.choice(
            (self._some(), self._spoiled(parts[at]), parts[at] + "/" + self._some())
        )
        return replace(made, path="/".join(parts) or "/")

    def _value(self, made: MadeRequest) -> MadeRequest:
        if not made.parameters:
            return self._more(made)
        pairs, at = list(made.parameters), self._chance.randrange(len(made.parameters))
        name, value = pairs[at]
        pairs[at] = name, self._chance.choice((self._some(), self._spoiled(value), self._some()))
        return replace(made, parameters=tuple(pairs))

    def _more(self, made: MadeRequest) -> MadeRequest:
        name = self._chance.choice((*self._names, self._some()))
        return replace(made, parameters=(*made.parameters, (name, self._some())))

    def _less(self, made: MadeRequest) -> MadeRequest:
        return replace(made, parameters=tuple(one for one in made.parameters if self._chance.random() < 0.5))

    def _header(self, made: MadeRequest) -> MadeRequest:
        name = self._chance.choice(tuple(NASTY["headers"]))
        others = tuple(one for one in made.headers if one[0] != name or self._chance.random() < 0.2)
        value = self._lengthened(self._chance.choice(NASTY["headers"][name]))
        return replace(made, headers=(*others, (name, value)))

    def _other(self, made: MadeRequest) -> MadeRequest:
        match self._chance.randrange(4):
            case 0:
                return replace(made, method=self._chance.choice(NASTY["methods"]))
            case 1:
                name, value = (self._chance.choice(NASTY["raw"]) for _ in range(2))
                return replace(made, raw=f"?{name}={value}".encode("latin-1"))
            case 2:
                body = self._chance.choice((*NASTY["bodies"], self._spoiled(made.body.decode("latin-1"))))
                return replace(made, method="POST", body=self._lengthened(body).encode("latin-1", "replace"))
            case _:
                other = self._chance.choice(self._all)
                return replace(made, parameters=(*made.parameters, *other.parameters))
