"""Real servers, started as operators start them."""

import os
import signal
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Sequence
from pathlib import Path

import psutil
from ports import free_port
from waiting import PATIENCE, eventually

PROGRAM = (sys.executable, "-m", "policytrace")


class Server:
    """``policytrace serve`` on a port of its own, with settings as environment variables.

    Attributes:
        port: Where it listens.
        address: The same as an address, without a slash at the end.
        process: The process that was started; those that answer are its children.
    """

    def __init__(
        self,
        home: Path,
        *options: str,
        program: Sequence[str] = PROGRAM,
        inside: Sequence[str] = (),
        host: str = "127.0.0.1",
        port: str = "",
        **settings: str,
    ) -> None:
        """Starts it, and does not wait.

        Args:
            home: The folder of the releases.
            options: Further options of ``serve``.
            program: What is run in the place of ``policytrace``.
            inside: A command that runs another one where the server is to be, as ``nsenter …`` does.
            host: The address it listens at.
            port: The port; a free one of this machine otherwise.
            settings: ``workers="1"`` is ``POLICYTRACE_WORKERS=1``.
        """
        self.port = int(port) if port else free_port()
        self.address = f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"
        self._inside = [*inside]
        self._output = tempfile.TemporaryFile()  # noqa: SIM115
        self._printed: str | None = None
        command = [*inside, *program, "--home", str(home), "serve"]
        self.process = subprocess.Popen(
            [*command, "--host", host, "--port", str(self.port), *options],
            env=os.environ | {f"POLICYTRACE_{name.upper()}": value for name, value in settings.items()},
            stdout=self._output,
            stderr=subprocess.STDOUT,
        )

    def wait(self) -> None:
        """Returns when it answers."""
        eventually(self._answers, f"an answer of {self.address}")

    def _answers(self) -> bool:
        assert self.process.poll() is None, self.stop()
        address = f"{self.address}/health"
        if self._inside:
            ask = f"import urllib.request; urllib.request.urlopen({address!r}, timeout={PATIENCE})"
            command = [*self._inside, sys.executable, "-c", ask]
            return subprocess.run(command, capture_output=True, check=False).returncode == 0
        try:
            urllib.request.urlopen(address, timeout=PATIENCE).close()
        except OSError:
            return False
        return True

    def processes(self) -> list[psutil.Process]:
        """The server and everything it started."""
        me = psutil.Process(self.process.pid)
        return [me, *me.children(recursive=True)]

    def printed(self) -> str:
        """What it printed so far."""
        if self._printed is not None:
            return self._printed
        # The server writes where the file stands, so that place must not move.
        size = os.fstat(self._output.fileno()).st_size
        return os.pread(self._output.fileno(), size, 0).decode()

    def stop(self) -> str:
        """Ctrl-C, unless it has ended; what was printed."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=PATIENCE)
        self._printed = self.printed()
        self._output.close()
        return self._printed
