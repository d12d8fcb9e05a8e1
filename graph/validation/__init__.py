"""Is it right? (SHACL)

Imports from ``vocabulary``, ``sparql`` and ``tables``; the packages below it in ``docs/architecture.md`` may
import from it.
"""
