"""What stands in the tables, and what does a row become?

Imports from ``vocabulary`` and ``releases``; the packages below it in ``docs/architecture.md`` may import
from it.
"""
