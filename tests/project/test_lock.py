"""``requirements.lock``: versions that the tests ran with, for those who deploy."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, requires

import pytest
from folders import ROOT
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

LOCK = ROOT / "requirements.lock"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS = ("remote", "notebook")
LINES = [line for line in LOCK.read_text("utf-8").splitlines() if not line.startswith("#")]
LOCKED = {canonicalize_name(name): version for name, _, version in (line.partition("==") for line in LINES)}


def _declared() -> list[Requirement]:
    extras = PROJECT["optional-dependencies"]
    texts = [*PROJECT["dependencies"], *(text for extra in EXTRAS for text in extras[extra])]
    return [Requirement(text) for text in texts]


def test_each_line_is_a_name_and_a_version_and_no_address() -> None:
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.]*", line) for line in LINES)
    assert sorted(LINES, key=str.lower) == LINES
    assert len(LOCKED) == len(LINES)
    assert "://" not in LOCK.read_text("utf-8")


@pytest.mark.parametrize("declared", _declared(), ids=lambda one: one.name)
def test_what_is_locked_is_what_the_project_asks_for(declared: Requirement) -> None:
    assert declared.specifier.contains(Version(LOCKED[canonicalize_name(declared.name)]), prereleases=True)


def test_nothing_is_locked_that_only_tests_need() -> None:
    wanted, found = [(one, "") for one in _declared()], set[str]()
    while wanted:
        one, extra = wanted.pop()
        name = canonicalize_name(one.name)
        if (one.marker and not one.marker.evaluate({"extra": extra})) or f"{one}" in found:
            continue
        found |= {name, f"{one}"}
        try:
            more = requires(name) or []
        except PackageNotFoundError:
            continue
        wanted += [(Requirement(text), chosen) for text in more for chosen in ("", *one.extras)]
    assert LOCKED.keys() <= found
