"""The work list: what is missing in the tables, who may know, and where to add it."""
