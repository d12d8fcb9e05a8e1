"""SERVICE to a list of services: real servers in a network of their own, which leads nowhere.

There, an address of the Internet is given to the loopback, and names lead to it or to private addresses.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from folders import SUPPORT
from servers import Server
from waiting import PATIENCE, eventually

from policytrace.graph.sparql.service_clause import calls, relay_services
from policytrace.graph.sparql.syntax import QueryRefusedError
from policytrace.server.http.public_addresses import is_public
from policytrace.server.operations.settings import SettingError, Settings
from policytrace.server.sparql.protocol import is_volatile

PUBLIC = "9.9.9.9"
FAR = f"http://{PUBLIC}:8101/sparql"
NAMED = "http://far.example:8101/sparql"
INSIDE, BOTH, UNKNOWN = (f"http://{name}.example:8101/sparql" for name in ("inside", "both", "unknown"))
LOCAL = "http://localhost:8100/sparql"
WAYS = ("redirects", "endless", "waits", "drips", "trickles", "rambles", "fails", "remembers")
WAY = {way: f"http://{PUBLIC}:8102/{way}" for way in WAYS}
LATE = (WAY["waits"], WAY["drips"])
LATE_PATHS = ("/waits", "/drips")
SECURE, MISNAMED = (f"https://{name}.example:8103/remembers" for name in ("far", "other"))
LIST = (FAR, NAMED, INSIDE, BOTH, UNKNOWN, LOCAL, SECURE, MISNAMED, *WAY.values())
HOSTS = f"127.0.0.1 localhost inside.example both.example\n{PUBLIC} far.example both.example other.example\n"
MISBEHAVING = SUPPORT / "misbehaving.py"
SEND = """
import json, sys, urllib.error, urllib.parse, urllib.request
data = urllib.parse.urlencode({"query": sys.argv[2]}).encode() if sys.argv[2] else None
headers = {"Accept": sys.argv[3], "X-Forwarded-For": sys.argv[4]}
headers |= {"Cookie": "secret=1", "Authorization": "Bearer secret"}
try:
    answer = urllib.request.urlopen(urllib.request.Request(sys.argv[1], data, headers), timeout=600)
except urllib.error.HTTPError as error:
    answer = error
found = {name.lower(): value for name, value in answer.headers.items()}
print(json.dumps([answer.status, found, answer.read().decode()]))
"""


class Reply(NamedTuple):
    """An answer over HTTP."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows of a result."""
        assert self.status == 200, self.text
        found: list[dict[str, Any]] = json.loads(self.text)["results"]["bindings"]
        return found


def _certified(folder: Path, name: str) -> list[str]:
    """Files with a certificate for a name, and with its key."""
    files = [str(folder / "certificate.pem"), str(folder / "key.pem")]
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}"]
    extension = ["-addext", f"subjectAltName=DNS:{name}", "-out", files[0], "-keyout", files[1]]
    subprocess.run([*made, *extension], check=True, capture_output=True)
    return files


class Network:
    """A network without a way out, the servers in it, and what the misbehaving one was asked."""

    def __init__(self, folder: Path, home: Path) -> None:
        (folder / "hosts").write_text(HOSTS)
        script = (
            f'mount --bind "$1" /etc/hosts && ip link set lo up && ip addr add {PUBLIC}/32 dev lo'
            " && echo ready && exec sleep 600"
        )
        self.asked = folder / "asked"
        self._started: list[subprocess.Popen[str]] = [
            subprocess.Popen(
                ["unshare", "--net", "--mount", "sh", "-c", script, "sh", str(folder / "hosts")],
                stdout=subprocess.PIPE,
                text=True,
            )
        ]
        output = self._started[0].stdout
        assert output is not None
        assert output.readline() == "ready\n"
        self._enter = ["nsenter", f"--target={self._started[0].pid}", "--net", "--mount"]
        with self.asked.open("w") as file:
            self._start([sys.executable, str(MISBEHAVING), PUBLIC, "8102"], file)
        certified = _certified(folder, "far.example")
        self._start([sys.executable, str(MISBEHAVING), PUBLIC, "8103", *certified])
        trusting = [*self._enter, "env", f"SSL_CERT_FILE={folder / 'certificate.pem'}"]
        listed = {"services": " ".join(LIST), "query_seconds": "600", "query_processes": "8", "proxies": "1"}
        self._servers = [
            Server(home, inside=self._enter, host=PUBLIC, port="8101", workers="1", rate="0"),
            Server(home, inside=trusting, port="8100", workers="1", rate="0", result_size="2", **listed),
        ]
        for server in self._servers:
            server.wait()
        self._pool = ThreadPoolExecutor()
        late = (f"{silent}<{service}>" for service in LATE for silent in ("", "SILENT "))
        self.late = {
            call: self._pool.submit(
                self.ask, f"SELECT * {{ SERVICE {call} {{ ?s ?p ?o }} }}", seconds=30, client="192.0.2.2"
            )
            for call in late
        }
        """What comes of calls that are not answered in time, made before all others."""

    def _start(self, command: list[str], output: Any = subprocess.DEVNULL) -> None:
        self._started.append(subprocess.Popen([*self._enter, *command], stdout=output, text=True))

    def ask(
        self,
        query: str,
        accept: str = "application/sparql-results+json",
        seconds: float = PATIENCE,
        client: str = "192.0.2.1",
    ) -> Reply:
        """What the server with the list answers a client to a query that may take so many seconds."""
        address = f"http://127.0.0.1:8100/sparql?timeout={seconds}"
        command = [sys.executable, "-c", SEND, address, query, accept, client]
        done = subprocess.run([*self._enter, *command], capture_output=True, text=True, check=True)
        return Reply(*json.loads(done.stdout))

    def stop(self) -> None:
        """Ends all servers, and the network with them."""
        self._pool.shutdown()
        for server in self._servers:
            server.stop()
        for process in reversed(self._started):
            process.terminate()
            process.communicate(timeout=PATIENCE)


@pytest.fixture(scope="module")
def network(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """A network of its own."""
    missing = [tool for tool in ("unshare", "nsenter", "ip", "openssl") if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"No {', '.join(missing)} (Debian: util-linux, iproute2, openssl): SERVICE is not tried")
    if subprocess.run(["unshare", "--net", "--mount", "true"], capture_output=True).returncode:
        pytest.skip("No right to a network of its own (unshare --net): SERVICE is not tried")
    found = Network(tmp_path_factory.mktemp("network"), sample_home)
    yield found
    found.stop()


LABEL = "<http://www.w3.org/2000/01/rdf-schema#label>"
PRACTICES = "?practice a <https://w3id.org/policytrace/ns#GoodPractice>"


@pytest.mark.parametrize("service", [FAR, NAMED])
def test_rows_of_here_are_joined_with_those_from_there(network: Network, service: str) -> None:
    here = network.ask(f"SELECT ?practice {{ {PRACTICES} }}").rows
    named = f"SERVICE <{service}> {{ ?practice {LABEL} ?name }}"
    joined = network.ask(f"SELECT ?practice ?name {{ {PRACTICES} {named} }}").rows
    assert here
    assert {row["practice"]["value"] for row in joined} == {row["practice"]["value"] for row in here}


def test_a_service_may_be_named_by_a_prefix_and_give_triples(network: Network) -> None:
    start = f"PREFIX far: <http://{PUBLIC}:8101/>"
    where = f"{{ SERVICE far:sparql {{ {PRACTICES} }} }}"
    made = network.ask(f"{start} CONSTRUCT {{ ?practice a <http://x.org/Known> }} {where}", "text/turtle")
    assert made.status == 200
    assert "<http://x.org/Known>" in made.text
    assert json.loads(network.ask(f"{start} ASK {where}").text)["boolean"] is True


def test_answers_with_those_of_others_are_not_kept(network: Network) -> None:
    answer = network.ask(f"SELECT * {{ SERVICE <{FAR}> {{ {PRACTICES} }} }} LIMIT 1")
    assert answer.headers["cache-control"] == "no-store"
    assert is_volatile("SELECT * { BIND(1 AS ?x)SERVICE<http://x.org/>{} }")


def test_the_certificate_has_to_be_that_of_the_name(network: Network) -> None:
    assert network.ask(f"SELECT * {{ SERVICE <{SECURE}> {{ ?s ?p ?o }} }}").rows == []


FAILING = [
    (MISNAMED, "certificate"),
    (WAY["redirects"], "redirects to http://127.0.0.1:8102/asked, which is not followed"),
    (WAY["endless"], "sent more than the 2,097,152 bytes"),
    (WAY["rambles"], "cannot be read"),
    (WAY["fails"], "status 500"),
    (INSIDE, "an address that is not public"),
    (BOTH, "an address that is not public"),
    (LOCAL, "an address that is not public"),
    (UNKNOWN, "its name is not known"),
]


@pytest.mark.parametrize(("service", "why"), FAILING)
def test_a_service_that_fails_is_named_and_told_why(network: Network, service: str, why: str) -> None:
    answer = network.ask(f"SELECT * {{ SERVICE <{service}> {{ ?s ?p ?o }} }}")
    assert answer.status == 502
    assert json.loads(answer.text)["detail"].startswith(service)
    assert why in answer.text
    assert network.ask(f"SELECT * {{ SERVICE SILENT <{service}> {{ ?s ?p ?o }} }}").rows == [{}]


def test_a_failure_within_exists_is_no_match(network: Network) -> None:
    failing = f"FILTER EXISTS {{ SERVICE <{WAY['fails']}> {{ ?practice ?p ?o }} }}"
    assert network.ask(f"SELECT * {{ {PRACTICES} {failing} }}").status == 502


def test_a_killed_query_ends_its_calls(network: Network) -> None:
    def gone() -> int:
        return network.asked.read_text().count('["gone /trickles", {}]')

    assert network.ask("ASK {}").status == 200, "a query process stands ready"
    before = gone()
    answer = network.ask(f"SELECT * {{ SERVICE <{WAY['trickles']}> {{ ?s ?p ?o }} }}", seconds=6)
    assert answer.status == 504
    eventually(lambda: gone() > before, "the end of the calls of a query")


def test_each_call_is_made_once_and_tells_nothing_of_the_client(network: Network) -> None:
    before = len(network.asked.read_text().splitlines())
    call = f"SERVICE <{WAY['remembers']}> {{ ?practice ?p ?o }}"
    assert network.ask(f"SELECT * {{ {PRACTICES} FILTER NOT EXISTS {{ {call} }} }}").rows
    assert network.ask(f"SELECT * {{ {call} }}").rows == []
    asked = [json.loads(line) for line in network.asked.read_text().splitlines()[before:]]
    asked = [(path, headers) for path, headers in asked if path.removeprefix("gone ") not in LATE_PATHS]
    assert [path for path, _ in asked] == ["/remembers"] * 2
    for _, headers in asked:
        assert {"Cookie", "Authorization", "X-Forwarded-For", "Referer"}.isdisjoint(headers)
        assert headers["Host"] == f"{PUBLIC}:8102"
    assert "/asked" not in network.asked.read_text()


def test_what_may_be_called_is_said(network: Network) -> None:
    refused = network.ask(f"SELECT * {{ SERVICE <http://{PUBLIC}/other> {{ ?s ?p ?o }} }}")
    assert refused.status == 403
    assert FAR in json.loads(refused.text)["detail"]
    described = network.ask("", "text/turtle").text
    assert FAR in described
    assert "sd:BasicFederatedQuery" in described


def test_the_place_of_an_error_is_that_in_the_query_as_written(network: Network) -> None:
    query = f"SELECT * {{ SERVICE <{FAR}> {{ ?s ?p ?o }} wrong"
    answer = network.ask(query)
    assert answer.status == 400
    assert "127.0.0.1" not in answer.text
    assert json.loads(answer.text)["column"] in (query.index("wrong") + 1, len(query) + 1)


@pytest.mark.parametrize("service", LATE)
def test_a_service_that_is_late_is_named_and_told_why(network: Network, service: str) -> None:
    answer = network.late[f"<{service}>"].result()
    assert answer.status == 502
    assert json.loads(answer.text)["detail"].startswith(f"{service} did not answer within")
    assert network.late[f"SILENT <{service}>"].result().rows == [{}]


LISTED = "http://x.org/sparql"


class Recorder:
    """A relay that calls nobody."""

    allowed = (LISTED,)

    def addresses(self, found: Any) -> list[str]:
        """As many as there are calls."""
        return [f"http://127.0.0.1:1/{at}" for at, _ in enumerate(found)]


@pytest.mark.parametrize(
    ("call", "why"),
    [
        ("SERVICE <http://x.org/sparql2> {}", "not on the list"),
        ("SERVICE <HTTP://X.ORG/sparql> {}", "not on the list"),
        ("SERVICE <sparql> {}", "not on the list"),
        ("SERVICE ex:other {}", "not on the list"),
        ("SERVICE nowhere:sparql {}", "not on the list"),
        ("SERVICE ?service {}", "unless the IRI"),
        ("SERVICE SILENT $service {}", "unless the IRI"),
        ("SERVICE:e {}", "unless the IRI"),
        ("trueSERVICE <http://x.org/sparql> {}", "unless the IRI"),
        ("SERVICE", "unless the IRI"),
        ("SERVICE <http://x.org/sparql> { SERVICE <http://x.org/sparql> {} }", "within"),
        ("SERVICE <http://x.org/sparql> { { } SERVICE ?y {} }", "within"),
        ("SERVICE <http://x.org/sparql> {} " * 9, "8 times"),
        ("SERVICE <http://x.org/\\u0073parql> {}", "escaped"),
        ("\\u0053ERVICE <http://x.org/sparql> {}", "escaped"),
        ("SERVICE <http://x.org/sparql> {} FILTER(?a<2)SERVICE:e#>\n{}", "two ways"),
        ("?s ex:a\\#b ?o SERVICE <http://127.0.0.1/> {}", "not on the list"),
    ],
)
def test_calls_that_are_not_plainly_allowed_are_refused(call: str, why: str) -> None:
    with pytest.raises(QueryRefusedError, match=why) as refused:
        relay_services(f"PREFIX ex: <http://x.org/> SELECT * {{\n{call} }}", Recorder())
    assert refused.value.line == 2
    assert refused.value.column > 0


def test_only_the_names_of_services_are_replaced_and_places_stay_right() -> None:
    text = (
        "PREFIX ex: <http://x.org/> SELECT * { # SERVICE\n service silent ex:sparql { } SERVICE <%s> {} ?s }"
    )
    text %= LISTED
    found = calls(text, (LISTED,))
    assert [(call.service, call.silent) for call in found] == [(LISTED, True), (LISTED, False)]
    sent = relay_services(text, Recorder())
    assert "silent <http://127.0.0.1:1/0> { } SERVICE <http://127.0.0.1:1/1> {} ?s }" in sent.text
    line, column = 2, sent.text.split("\n")[1].index("?s") + 1
    assert sent.original_position(line, column) == (2, text.split("\n")[1].index("?s") + 1)
    assert sent.original_position(1, 5) == (1, 5)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("9.9.9.9", True),
        ("2620:fe::fe", True),
        ("10.0.0.1", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("224.0.0.1", False),
        ("0.0.0.1", False),
        ("::1", False),
        ("fe80::1", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("2002:7f00:1::", False),
        ("64:ff9b::a00:1", False),
        ("64:ff9b::909:909", True),
        ("64:ff9b:1::909:909", False),
        ("::ffff:0:9.9.9.9", False),
        ("::ffff:0:127.0.0.1", False),
        ("::127.0.0.1", False),
        ("::9.9.9.9", False),
        ("fec0::1", False),
        ("3fff::1", False),
        ("5f00::1", False),
    ],
)
def test_only_addresses_of_the_internet_are_public(address: str, expected: bool) -> None:
    assert is_public(address) is expected


@pytest.mark.parametrize(
    "service",
    [
        "ftp://x.org/",
        "sparql",
        "http://user:word@x.org/sparql",
        "http://x.org:99999/",
        "http://x.org/#part",
        "http://127.0.0.1/sparql",
        "https://[::1]/sparql",
        "http://192.168.1.1:8000/",
        "http://169.254.169.254/latest",
    ],
)
def test_services_that_cannot_be_called_are_errors_at_the_start(service: str) -> None:
    with pytest.raises(SettingError, match="POLICYTRACE_SERVICES"):
        Settings.from_environment({"POLICYTRACE_SERVICES": service})


def test_services_are_set_in_the_environment_or_as_a_list_in_the_file(tmp_path: Path) -> None:
    config = tmp_path / "settings.toml"
    config.write_text(f'services = ["{LISTED}", "https://y.org/q?a=b,c"]')
    found = Settings.from_environment({"POLICYTRACE_CONFIG": str(config)})
    assert found.services == (LISTED, "https://y.org/q?a=b,c")
    assert Settings.from_environment(found.environment()) == found
    config.write_text("services = [1]")
    with pytest.raises(SettingError, match="services must be"):
        Settings.from_environment({"POLICYTRACE_CONFIG": str(config)})
    with pytest.raises(SettingError, match="do not go together"):
        Settings(services=(LISTED,), store="http://x.org/sparql")
