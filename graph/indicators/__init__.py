"""Indicators: numbers that a programme reports, each defined once, nothing counted twice."""
