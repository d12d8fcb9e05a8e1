"""Which compiled loops walk a hop graph?

Loops of numba, a module for each algorithm: breadth-first search (``breadth_first``), bidirectional labelling
(``bidirectional``), enumeration of simple paths (``simple_paths``), Tarjan's strong components
(``strong_components``) and Brandes' betweenness (``betweenness``). What they are called with stands in
``arguments``. Places and hops are numbers, as in ``hops.arrays.HopArrays``.
"""
