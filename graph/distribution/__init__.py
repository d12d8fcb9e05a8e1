"""What can be downloaded, and what changed?

Imports from ``vocabulary``, ``releases``, ``tables``, ``reasoning`` and ``lookup``; the packages below it in
``docs/architecture.md`` may import from it.
"""
