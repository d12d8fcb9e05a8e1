"""What do all paths together say?

Imports from ``vocabulary``, ``sparql``, ``hops``, ``library`` and ``paths``; the packages below it in
``docs/architecture.md`` may import from it.
"""
