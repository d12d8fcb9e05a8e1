"""What does HTTP itself say? (no Flask, no state)

Imports from the graph half; the packages below it in ``docs/architecture.md`` may import from it.
"""
