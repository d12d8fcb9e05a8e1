"""How is a release made from tables?

Imports from ``vocabulary``, ``releases``, ``sparql``, ``tables``, ``reasoning``, ``validation``, ``hops``,
``lookup``, ``search``, ``library``, ``distribution``, ``analyses``, ``indicators`` and ``gaps``; the packages
below it in ``docs/architecture.md`` may import from it.
"""
