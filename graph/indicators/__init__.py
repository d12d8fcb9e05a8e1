"""Which numbers does the programme report?

Imports from ``vocabulary``, ``sparql``, ``library`` and ``analyses``; the packages below it in
``docs/architecture.md`` may import from it.
"""
