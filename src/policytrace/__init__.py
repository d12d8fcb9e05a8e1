"""PolicyTrace: a knowledge graph of interregional policy learning, and the server that opens it."""
