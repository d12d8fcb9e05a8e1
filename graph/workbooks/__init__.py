"""What do partners fill in, and what is wrong with it?

Imports from ``vocabulary``, ``releases``, ``sparql``, ``tables``, ``validation``, ``hops``, ``paths`` and
``building``; the packages below it in ``docs/architecture.md`` may import from it.
"""
