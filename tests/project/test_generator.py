"""The generator of synthetic tables gives the same bytes again, the wanted size, and tables that load."""

import csv
import json
import subprocess
import sys
from collections import Counter
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from folders import ROOT

from policytrace.graph.building.build import check
from policytrace.graph.tables import tables
from policytrace.graph.tables.load import load
from policytrace.graph.tables.schema import schema
from policytrace.graph.vocabulary.terms import PTSH

GENERATOR = ROOT / "benchmarks" / "generate.py"


def generate(out: Path, *options: str) -> dict[str, Any]:
    """Run the generator as a person would, and return its report."""
    command = [sys.executable, str(GENERATOR), str(out), *options]
    subprocess.run(command, check=True, capture_output=True)
    report: dict[str, Any] = json.loads((out / "generated.json").read_text("utf-8"))
    return report


def digests(folder: Path) -> dict[str, str]:
    """The digest of every file of a folder."""
    return {
        path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def rows(path: Path) -> list[dict[str, str]]:
    """The rows of a table."""
    return list(csv.DictReader(path.read_text("utf-8").splitlines()))


def asserted(source: Path, work: Path) -> set[str]:
    """The distinct statements the loader makes of tables."""
    work.mkdir()
    loaded = load(tables.read([source], schema()), work)
    return set(loaded.triples.read_text("utf-8").splitlines())


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    generate(tmp_path / "a", "--triples", "10000", "--seed", "7")
    generate(tmp_path / "b", "--triples", "10000", "--seed", "7")
    generate(tmp_path / "c", "--triples", "10000", "--seed", "8")
    assert digests(tmp_path / "a") == digests(tmp_path / "b")
    assert digests(tmp_path / "a") != digests(tmp_path / "c")


@pytest.mark.parametrize("profile", ["programme", "dense"])
@pytest.mark.parametrize("triples", [10_000, 100_000])
def test_the_tables_load_and_have_the_wanted_size(tmp_path: Path, triples: int, profile: str) -> None:
    report = generate(tmp_path / "out", "--triples", str(triples), "--profile", profile)
    found = len(asserted(tmp_path / "out", tmp_path / "work"))
    assert found == pytest.approx(triples, rel=0.03)
    assert found == pytest.approx(report["asserted_triples"], rel=0.005)


def test_about_half_of_the_transfers_are_realised(tmp_path: Path) -> None:
    generate(tmp_path / "out", "--triples", "100000")
    found = Counter(row["stage"] for path in (tmp_path / "out").glob("*/transfers.csv") for row in rows(path))
    realised = sum(found[name] for name in ("committed", "piloted", "implemented", "sustained"))
    assert 0.4 < realised / found.total() < 0.55


def test_dense_tables_have_more_transfers_and_larger_hubs(tmp_path: Path) -> None:
    def hub(profile: str) -> tuple[int, int]:
        generate(tmp_path / profile, "--triples", "100000", "--profile", profile)
        uses = Counter(
            row["source_practice_id"]
            for path in (tmp_path / profile).glob("*/transfers.csv")
            for row in rows(path)
        )
        del uses[""]
        return uses.total(), max(uses.values())

    usual, dense = hub("programme"), hub("dense")
    assert dense[0] > 1.3 * usual[0]
    assert dense[1] > 2 * usual[1]


def test_everything_is_marked_as_synthetic(tmp_path: Path) -> None:
    out = tmp_path / "out"
    generate(out, "--triples", "10000")
    folders = {path.name for path in out.iterdir() if path.is_dir()}
    assert {name for name in folders if not name.startswith("synthetic-")} == {"shared"}
    publishers = rows(out / "shared" / "publishers.csv")
    assert all(row["name"].startswith("Synthetic data generator") for row in publishers)
    for path in out.glob("*/*.csv"):
        for row in rows(path):
            for source in row["source_url"].split(" ; "):
                assert source.startswith("https://example.org/"), f"{path}: {row['id']}"


BROKEN = {
    "two-sources": "LearningTransferShape-source",
    "inspired-itself": "LearningTransferShape-sourceItself",
    "documented-without-date": "DocumentedTransferShape",
    "contested-without-dispute": "ContestedTransferShape",
}
"""Fault to the shape that it breaks."""


@pytest.mark.parametrize("profile", ["programme", "dense"])
def test_without_faults_no_shape_is_violated(tmp_path: Path, profile: str) -> None:
    generate(tmp_path / "out", "--triples", "50000", "--profile", profile)
    assert check([tmp_path / "out"]).violations == ()


def test_the_wanted_share_of_transfers_is_faulty_and_validation_finds_each(tmp_path: Path) -> None:
    report = generate(tmp_path / "out", "--triples", "100000", "--faults", "0.1")
    share = sum(report["faults"].values()) / report["rows"]["transfers"]
    assert share == pytest.approx(0.1, abs=0.03)
    found = Counter(str(result.shape).strip("<>") for result in check([tmp_path / "out"]).violations)
    for fault, shape in BROKEN.items():
        assert found[PTSH + shape] == report["faults"][fault], fault


def test_a_folder_with_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("mine", "utf-8")
    command = [sys.executable, str(GENERATOR), str(tmp_path), "--triples", "10000"]
    answer = subprocess.run(command, check=False, capture_output=True, text=True)
    assert answer.returncode != 0
    assert "is not empty" in answer.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]
