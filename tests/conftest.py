"""What tests share: the packaged data, built once with the real pipeline."""

from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient

from policytrace.graph.build import build, demo
from policytrace.graph.release import Release
from policytrace.server import create_app
from policytrace.server.settings import Settings


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder that holds one release, built from the packaged data."""
    home = tmp_path_factory.mktemp("home")
    build([demo()], home)
    return home


@pytest.fixture(scope="session")
def demo_release(demo_home: Path) -> Release:
    """The release of the packaged data."""
    return Release(*next((p.name, p) for p in (demo_home / "releases").iterdir() if p.is_dir()))


@pytest.fixture(scope="session")
def demo_store(demo_release: Release) -> ox.Store:
    """The store of that release, read-only."""
    return demo_release.open()


@pytest.fixture(scope="session")
def client(demo_home: Path) -> Iterator[FlaskClient]:
    """A client of the web application over that release, at the site http://site.example/."""
    app = create_app(Settings(home=demo_home, site="http://site.example/", query_processes=2))
    yield app.test_client()
    app.extensions["policytrace"].pool.close()
