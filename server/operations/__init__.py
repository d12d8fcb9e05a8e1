"""How is the server set up and watched?

Imports from the graph half, and here from ``http``; the packages below it in ``docs/architecture.md`` may
import from it.
"""
