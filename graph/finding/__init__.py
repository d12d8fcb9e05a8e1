"""Things found by what people type, and lists of things narrowed by facets."""
