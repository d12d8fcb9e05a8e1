"""What tests share: the packaged data, built once with the real pipeline."""

from pathlib import Path

import pyoxigraph as ox
import pytest

from policytrace.graph.build import build, demo
from policytrace.graph.release import Release


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
