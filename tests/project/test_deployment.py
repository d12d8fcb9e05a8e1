"""The examples for operators are read by the programs they are for."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from proxies import EXAMPLES, Proxy


def test_the_systemd_unit_is_valid(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed (Debian package systemd)")
    text = (EXAMPLES / "policytrace.service").read_text("utf-8")
    command = f"ExecStart={sys.executable} -m policytrace"
    unit = tmp_path / "policytrace.service"
    unit.write_text(text.replace("ExecStart=/opt/policytrace/bin/policytrace", command), "utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "policytrace.service" not in done.stderr


@pytest.mark.parametrize("name", ["nginx", "apache"])
def test_the_example_of_a_proxy_is_valid(tmp_path: Path, name: str) -> None:
    Proxy(name, [8000, 8001], tmp_path).check()


def test_the_page_names_what_the_code_reads() -> None:
    from policytrace.graph.remote.endpoint import PASSWORD, TOKEN, USER

    text = (EXAMPLES / "deployment.md").read_text("utf-8")
    assert {USER, PASSWORD, TOKEN} <= set(re.findall(r"`(POLICYTRACE_\w+)`", text))
