"""What is compiled beforehand is all that questions need."""

import json
import subprocess
import sys

TOLD = """
import json
from numba.core.registry import CPUDispatcher
from policytrace.graph.paths.search import bidirectional, count_kernels, kernels, pair_kernels
from policytrace.graph.paths.warm import warm

warm()
found = {}
for module in (count_kernels, bidirectional, kernels, pair_kernels):
    for name, loop in vars(module).items():
        if isinstance(loop, CPUDispatcher) and not name.startswith("_"):
            found[f"{loop.__module__}.{name}"] = len(loop.signatures)
print(json.dumps(found))
"""


def test_every_loop_is_compiled_beforehand() -> None:
    command = [sys.executable, "-c", TOLD]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    compiled = json.loads(done.stdout)
    assert len(compiled) >= 10
    assert not [name for name, times in compiled.items() if times == 0]
