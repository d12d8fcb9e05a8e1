"""Real proxies, as the examples for operators set them up, on ports of their own."""

import os
import shutil
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from folders import ROOT
from ports import free_port
from waiting import PATIENCE, eventually

EXAMPLES = ROOT / "docs" / "operate"
BEHIND = {"proxies": "1", "client_header": "Forwarded"}
"""Settings of a server behind one of them."""
ADDRESS, MEMBERS = "127.0.0.1:8080", ("127.0.0.1:8000", "127.0.0.1:8001")
"""Where the examples listen, and the servers behind them."""

NGINX = """{user}daemon off;
pid {folder}/pid;
worker_processes 2;
worker_rlimit_nofile 16384;
events {{ worker_connections 8192; }}
http {{
access_log off;
{paths}
include {site};
}}
"""
APACHE = """ServerRoot {folder}
DefaultRuntimeDir {folder}
PidFile {folder}/pid
ErrorLog {folder}/error.log
ServerName policytrace.example
{user}Listen {address}
{modules}
StartServers 2
ServerLimit 16
ThreadsPerChild 64
MaxRequestWorkers 1024
<Directory />
Require all denied
</Directory>
Include {site}
"""
MODULES = (
    "authz_core",
    "mpm_event",
    "proxy",
    "proxy_http",
    "proxy_balancer",
    "lbmethod_bybusyness",
    "slotmem_shm",
    "headers",
    "reqtimeout",
)


class Proxy:
    """A proxy that runs an example of ours.

    Args:
        name: ``nginx`` or ``apache``.
        servers: the ports of the servers behind it.
        folder: where it may write.
        before: what stands before the example, among the settings of all sites.

    Attributes:
        port: where it listens.
        address: the same as an address, without a slash at the end.
    """

    def __init__(self, name: str, servers: Sequence[int], folder: Path, before: str = "") -> None:
        self.name, self.port, self._folder = name, free_port(), folder
        self.address = f"http://127.0.0.1:{self.port}"
        site = (EXAMPLES / f"{name}.conf").read_text("utf-8")
        ports = [*servers, *servers][: len(MEMBERS)]
        for there, here in zip((ADDRESS, *MEMBERS), (self.port, *ports), strict=True):
            assert there in site
            site = site.replace(there, f"127.0.0.1:{here}")
        (folder / "site.conf").write_text(before + site, "utf-8")
        self._command = self._nginx() if name == "nginx" else self._apache()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it, and returns when it listens."""
        self._process = subprocess.Popen(self._command)
        eventually(self._listens, f"{self.name} at {self.port}: {self.errors()}")

    def check(self) -> None:
        """Has it read its files, and fails with what it says of them."""
        done = subprocess.run(
            [*self._command, "-t"], capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        assert done.returncode == 0, done.stderr

    def stop(self) -> None:
        """Ends it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=PATIENCE)

    def errors(self) -> str:
        """What it wrote into its log of errors."""
        log = self._folder / "error.log"
        return log.read_text("utf-8", "replace") if log.exists() else ""

    def _listens(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.errors()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def _nginx(self) -> list[str]:
        folder = self._folder
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        paths = "\n".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
        whole = NGINX.format(
            folder=folder,
            paths=paths,
            site=folder / "site.conf",
            user="user root;\n" if os.getuid() == 0 else "",
        )
        (folder / "whole.conf").write_text(whole, "utf-8")
        return [_program("nginx"), "-e", f"{folder}/error.log", "-c", f"{folder}/whole.conf"]

    def _apache(self) -> list[str]:
        folder, there = self._folder, Path("/usr/lib/apache2/modules")
        modules = "\n".join(f"LoadModule {name}_module {there}/mod_{name}.so" for name in MODULES)
        user = "User nobody\nGroup nogroup\n" if os.getuid() == 0 else ""
        whole = APACHE.format(
            folder=folder,
            address=f"127.0.0.1:{self.port}",
            modules=modules,
            user=user,
            site=folder / "site.conf",
        )
        (folder / "whole.conf").write_text(whole, "utf-8")
        return [_program("apache2"), "-DFOREGROUND", "-f", f"{folder}/whole.conf"]


def _program(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None:
        pytest.skip(f"{name} is not installed (Debian package {PACKAGES[name]})")
    return found


PACKAGES = {"nginx": "nginx-light", "apache2": "apache2-bin"}
"""The Debian packages of the programs."""
