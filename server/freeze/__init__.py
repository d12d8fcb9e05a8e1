"""A whole site as files that any static host serves."""
