"""What are things called, and which codes are there?

Imports from no other package; the packages below it in ``docs/architecture.md`` may import from it.
"""
