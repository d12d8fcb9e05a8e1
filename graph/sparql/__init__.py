"""How is a query read, bound, run and written?

Imports from ``vocabulary`` and ``releases``; the packages below it in ``docs/architecture.md`` may import
from it.
"""
