"""The examples for operators are read by the programs they are for."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from folders import ROOT

EXAMPLES = ROOT / "docs" / "operate"


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


def test_the_nginx_example_is_valid(tmp_path: Path) -> None:
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        pytest.skip("nginx is not installed (Debian package nginx-light)")
    whole = tmp_path / "nginx.conf"
    paths = "\n".join(
        f"{name}_temp_path {tmp_path}/{name};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole.write_text(
        f"pid {tmp_path}/pid;\nevents {{}}\nhttp {{\naccess_log off;\n{paths}\n"
        f"include {EXAMPLES / 'nginx.conf'};\n}}\n",
        "utf-8",
    )
    done = subprocess.run(
        [nginx, "-t", "-e", f"{tmp_path}/error.log", "-c", str(whole)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "successful" in done.stderr


def test_the_page_names_what_the_code_reads() -> None:
    from policytrace.graph.remote.endpoint import PASSWORD, TOKEN, USER

    text = (EXAMPLES / "deployment.md").read_text("utf-8")
    assert {USER, PASSWORD, TOKEN} <= set(re.findall(r"`(POLICYTRACE_\w+)`", text))
