"""Tables to releases: read, load, infer, validate, find hops, publish, query."""
