"""What tests share: releases, built once with the real pipeline, real servers and a browser."""

import fcntl
import os
import shutil
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest
from evaluator import KEYBOARD, MOUSE, Evaluator
from flask.testing import FlaskClient
from folders import COUNTING, DATA, ROOT, SAMPLE, SMALL
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from servers import Server

from policytrace.graph.building.build import build, demo
from policytrace.graph.distribution import dump_write, feed
from policytrace.graph.releases.release import Release, Releases
from policytrace.graph.vocabulary.terms import LICENCE
from policytrace.server import create_app
from policytrace.server.operations.settings import Settings

NEEDS = {
    "browser": {"browser"},
    "server": {"serve", "shared_server", "server", "served", "network", "nginx", "proxied", "virtuoso"},
}
"""Marks, and the fixtures that start what they stand for."""
DURATIONS = DATA / "durations.toml"
"""Seconds that each file took. ``POLICYTRACE_WRITE_DURATIONS=1 make test`` writes it, on a quiet machine."""
SLOW = 4
"""Seconds of a file whose tests are marked slow."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks tests by what they need, and puts long files first, so that no process ends long after others."""
    for item in items:
        needs = {*getattr(item, "fixturenames", ())}
        for mark, fixtures in NEEDS.items():
            if needs & fixtures:
                item.add_marker(mark)
        if item.path.is_relative_to(ROOT / "tests" / "suites"):
            item.add_marker("suite")
        if _seconds(item.nodeid) > SLOW:
            item.add_marker("slow")
    items.sort(key=lambda item: -_seconds(item.nodeid))


def _seconds(node: str) -> float:
    """How long the file of a test took."""
    return float(_durations().get(node.partition("::")[0], 0))


@cache
def _durations() -> dict[str, float]:
    return tomllib.loads(DURATIONS.read_text("utf-8")) if DURATIONS.exists() else {}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Writes how long each file took, where that is wanted."""
    if not os.environ.get("POLICYTRACE_WRITE_DURATIONS"):
        return
    found = defaultdict[str, float](float)
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                found[report.nodeid.partition("::")[0]] += report.duration
    lines = (f'"{name}" = {seconds:.1f}' for name, seconds in sorted(found.items()))
    DURATIONS.write_text("\n".join([*lines, ""]), "utf-8")


def _shared_home(tables: Path, name: str, factory: pytest.TempPathFactory, worker: str) -> Path:
    """A home folder with one release of tables under CC BY 4.0, built by the first process that needs it."""
    folder = factory.getbasetemp()
    folder = folder if worker == "master" else folder.parent
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / name).exists():
            build([tables], folder / f"{name}-unfinished", licence=LICENCE)
            (folder / f"{name}-unfinished").rename(folder / name)
    return folder / name


@pytest.fixture(scope="session")
def sample_home(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A home folder that holds one release of the sample; all test processes share it."""
    return _shared_home(SAMPLE, "sample", tmp_path_factory, worker_id)


@pytest.fixture(scope="session")
def packaged_home(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A home folder that holds one release of the packaged data; all test processes share it."""
    return _shared_home(demo(), "packaged", tmp_path_factory, worker_id)


@pytest.fixture(scope="session")
def packaged_store(packaged_home: Path) -> ox.Store:
    """The store of that release, read-only."""
    release = Releases(packaged_home).current()
    assert release is not None
    return release.open()


@pytest.fixture(scope="session")
def dumped_home(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder with the same release, its dumps and the feed of changes."""
    folder = tmp_path_factory.mktemp("dumped") / "home"
    shutil.copytree(sample_home, folder, ignore=shutil.ignore_patterns("conformance"))
    release = Releases(folder).current()
    assert release is not None
    dump_write.write(Releases(folder), release)
    feed.append(Releases(folder), release)
    return folder


@pytest.fixture(scope="session")
def sample_release(sample_home: Path) -> Release:
    """The release of the sample."""
    return Release(*next((p.name, p) for p in (sample_home / "releases").iterdir() if p.is_dir()))


@pytest.fixture(scope="session")
def sample_store(sample_release: Release) -> ox.Store:
    """The store of that release, read-only."""
    return sample_release.open()


@pytest.fixture(scope="session")
def client(sample_home: Path) -> Iterator[FlaskClient]:
    """A client of the web application over that release, at the site http://site.example/."""
    app = create_app(Settings(home=sample_home, site="http://site.example/", query_processes=2, rate=0))
    yield app.test_client()
    app.extensions["policytrace"].pool.close()


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Starts a real server on a home: ``serve(home, *options, workers="1", …)``."""
    started: list[Server] = []

    def start(home: Path, *options: str, **settings: str) -> Server:
        started.append(Server(home, *options, **settings))
        started[-1].wait()
        return started[-1]

    yield start
    for server in started:
        server.stop()


@pytest.fixture(scope="session")
def shared_server() -> Iterator[Callable[..., Server]]:
    """A real server on a home, ``shared_server(home, workers="1", …)``, for tests that leave it as it was.

    One server is started for all of them that name the same home and settings in a test process.
    """
    started: dict[tuple[object, ...], Server] = {}

    def one(home: Path, **settings: str) -> Server:
        key = (home, *sorted(settings.items()))
        if key not in started:
            started[key] = Server(home, **settings)
            started[key].wait()
        return started[key]

    yield one
    for server in started.values():
        server.stop()


@pytest.fixture(scope="session")
def overruled_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder with a release of the small tables in which people overrule one strength."""
    folder = tmp_path_factory.mktemp("overruled")
    shutil.copytree(SMALL, folder, dirs_exist_ok=True)
    table = folder / "alpha" / "transfers.csv"
    header, *lines = table.read_text("utf-8").splitlines()
    overriding = "very-weak,It {} was a slip."
    more = [f"{line},{overriding if line.startswith('tr-desk') else ','}" for line in lines]
    table.write_text("\n".join([f"{header},strength_override,strength_override_reason", *more]), "utf-8")
    build([folder], folder / "home")
    return folder / "home"


@pytest.fixture(scope="session")
def overruled(overruled_home: Path) -> ox.Store:
    """The store of that release, read-only."""
    release = Releases(overruled_home).current()
    assert release is not None
    return release.open()


@pytest.fixture(scope="session")
def counting_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two releases of tables made so that careless counting goes wrong: eight learnings of one practice for
    one desk, one instrument with two partners in two projects, one sum told three times.

    The older release lacks the project beta.
    """
    home, tables = tmp_path_factory.mktemp("counting"), COUNTING
    build([tables / "shared", tables / "alpha"], home)
    build([tables], home)
    return home


@pytest.fixture(scope="session")
def counting(counting_home: Path) -> Iterator[FlaskClient]:
    """A client of the web application over these releases."""
    app = create_app(Settings(home=counting_home, site="http://site.example/", query_processes=1, rate=0))
    yield app.test_client()
    app.extensions["policytrace"].pool.close()


@pytest.fixture(scope="session")
def address(sample_home: Path, shared_server: Callable[..., Server]) -> str:
    """Where a real server serves the sample, with a slash at the end."""
    return f"{shared_server(sample_home, workers='1', rate='0').address}/"


@pytest.fixture(scope="module")
def browser() -> Iterator[webdriver.Chrome]:
    """A real browser; what it logs can be read."""
    chromium = (
        os.environ.get("POLICYTRACE_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    )
    driver = os.environ.get("POLICYTRACE_CHROMEDRIVER") or shutil.which("chromedriver")
    if not (chromium and driver):
        pytest.skip("No Chromium with chromedriver: set POLICYTRACE_CHROMIUM and POLICYTRACE_CHROMEDRIVER")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    flags = "headless=new no-sandbox disable-gpu disable-background-networking disable-dev-shm-usage"
    for flag in (*flags.split(), "window-size=1280,1000"):
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    found = webdriver.Chrome(options=options, service=Service(driver))
    yield found
    found.quit()


@pytest.fixture(params=[MOUSE, KEYBOARD])
def evaluator(browser: webdriver.Chrome, address: str, request: pytest.FixtureRequest) -> Evaluator:
    return Evaluator(browser, address, request.param)
