"""What is missing, and who may know?

Imports from ``vocabulary``, ``sparql``, ``lookup`` and ``library``; the packages below it in
``docs/architecture.md`` may import from it.
"""
