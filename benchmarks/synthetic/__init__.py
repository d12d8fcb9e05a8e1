"""Synthetic tables of this domain, for measuring; never part of the data."""
