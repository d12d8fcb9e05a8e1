"""Workbooks for partners: an empty or filled one to work in, and what is wrong with one that comes back."""
