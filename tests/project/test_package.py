"""The wheel: one import package, everything it needs inside."""

import shutil
import subprocess
import sys
import zipfile

import pytest
from babel.messages.catalog import Catalog
from folders import ROOT

from policytrace.server.language.make import BUILT, compile_catalogue


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    translated = Catalog(locale="fy")
    translated.add("Browse", "Blêdzje")
    catalogue = compile_catalogue(translated, "fy-x-wheel", BUILT)
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--wheel-dir",
        str(folder),
        str(ROOT),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    shutil.rmtree(catalogue.parent.parent)
    assert done.returncode == 0, done.stderr
    return zipfile.ZipFile(next(folder.glob("*.whl")))


def test_a_wheel_holds_one_import_package(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"policytrace"}


def test_a_wheel_holds_every_tracked_file_of_its_folders(wheel: zipfile.ZipFile) -> None:
    folders = ["ontology", "graph", "shapes", "queries", "server", "commands"]
    listed = subprocess.run(
        ["git", "ls-files", *folders[:-1], "src/policytrace/commands"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    tracked = {f"policytrace/{name.removeprefix('src/policytrace/')}" for name in listed.stdout.splitlines()}
    inside = {
        name for name in wheel.namelist() if name.startswith(tuple(f"policytrace/{f}/" for f in folders))
    }
    assert tracked
    assert inside == tracked


def test_a_wheel_has_the_command_and_the_licences(wheel: zipfile.ZipFile) -> None:
    names = wheel.namelist()
    entry = next(name for name in names if name.endswith("entry_points.txt"))
    assert "policytrace = policytrace.cli:main" in wheel.read(entry).decode()
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert any(name.endswith("licenses/LICENSE-data") for name in names)


def test_a_wheel_takes_along_the_bundles_where_they_are_built(wheel: zipfile.ZipFile) -> None:
    built = ROOT / "build" / "bundles"
    inside = {name for name in wheel.namelist() if name.startswith("policytrace/bundles/")}
    there = {path.name for path in built.iterdir()} if (built / "manifest.json").is_file() else set()
    assert inside == {f"policytrace/bundles/{name}" for name in there}
    assert not [name for name in wheel.namelist() if "node_modules" in name]


def test_a_wheel_takes_along_the_catalogues_where_they_are_compiled(wheel: zipfile.ZipFile) -> None:
    inside = {name for name in wheel.namelist() if name.startswith("policytrace/locale/")}
    assert "policytrace/locale/fy-x-wheel/LC_MESSAGES/policytrace.mo" in inside
    assert all(name.endswith("/LC_MESSAGES/policytrace.mo") for name in inside)
