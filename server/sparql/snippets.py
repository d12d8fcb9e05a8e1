"""A query as the lines that ask it from a shell, from Python and from R."""

import shlex
from dataclasses import dataclass
from urllib.parse import urlencode


@dataclass(frozen=True)
class Snippet:
    """Lines to copy, and the language they are in."""

    language: str
    text: str


def snippets(endpoint: str, query: str, release: str = "") -> tuple[Snippet, ...]:
    """The lines that send a query to an endpoint; ``release`` pins the release that answers."""
    address = endpoint + ("?" + urlencode({"release": release}) if release else "")
    query = query.strip()
    return (
        Snippet("curl", _curl(address, query)),
        Snippet("Python", _python(address, query)),
        Snippet("R", _r(address, query)),
    )


def _curl(address: str, query: str) -> str:
    return (
        f"curl --data-urlencode {shlex.quote('query=' + query)} \\\n"
        f"     -H 'Accept: text/csv' {shlex.quote(address)}"
    )


def _python(address: str, query: str) -> str:
    plain = '"""' not in query and "\\" not in query and not query.endswith('"')
    text = f'"""\n{query}\n"""' if plain else repr(query)
    return f"""\
import csv, io, urllib.parse, urllib.request

query = {text}
request = urllib.request.Request(
    {address!r},
    data=urllib.parse.urlencode({{"query": query}}).encode(),
    headers={{"Accept": "text/csv"}},
)
with urllib.request.urlopen(request) as answer:
    rows = list(csv.DictReader(io.TextIOWrapper(answer, "utf-8")))
print(len(rows), "rows")
# as a data frame: pandas.DataFrame(rows)"""


def _r(address: str, query: str) -> str:
    joint = "&" if "?" in address else "?"
    return f"""\
query <- {_r_text(query)}
address <- paste0("{address}{joint}format=csv&query=", URLencode(query, reserved = TRUE))
rows <- read.csv(address, encoding = "UTF-8")
nrow(rows)"""


def _r_text(query: str) -> str:
    if ')---"' not in query:
        return f'r"---({query})---"'
    escaped = query.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
