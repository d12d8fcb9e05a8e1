"""Which questions are answered ready-made?

Imports from ``vocabulary``, ``sparql`` and ``search``; the packages below it in ``docs/architecture.md`` may
import from it.
"""
