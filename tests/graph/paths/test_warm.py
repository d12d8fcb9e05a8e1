"""What is compiled beforehand is all that questions need."""

import json
import subprocess
import sys

TOLD = """
import json
from importlib import import_module
from pkgutil import iter_modules
from numba.core.registry import CPUDispatcher
from policytrace.graph.paths import kernels
from policytrace.graph.paths.warm import warm

warm()
found = {}
for module in iter_modules(kernels.__path__, f"{kernels.__name__}."):
    for name, loop in vars(import_module(module.name)).items():
        if isinstance(loop, CPUDispatcher) and not name.startswith("_"):
            found[f"{loop.__module__}.{name}"] = len(loop.signatures)
print(json.dumps(found))
"""


def test_every_loop_is_compiled_beforehand() -> None:
    command = [sys.executable, "-c", TOLD]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    compiled = json.loads(done.stdout)
    assert len(compiled) >= 9
    assert not [name for name, times in compiled.items() if times == 0]
