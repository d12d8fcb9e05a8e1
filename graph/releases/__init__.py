"""What is a release on disk?

Imports from ``vocabulary``; the packages below it in ``docs/architecture.md`` may import from it.
"""
