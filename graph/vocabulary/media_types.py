"""Media types of the formats that are read and written, as IANA registers them."""

HTML = "text/html"
XML = "application/xml"
JSON = "application/json"
CSV = "text/csv"
TSV = "text/tab-separated-values"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

TURTLE = "text/turtle"
JSON_LD = "application/ld+json"
RDF_XML = "application/rdf+xml"
N_TRIPLES = "application/n-triples"
TRIG = "application/trig"
N_QUADS = "application/n-quads"

JSON_RESULTS = "application/sparql-results+json"
XML_RESULTS = "application/sparql-results+xml"
SPARQL_QUERY = "application/sparql-query"

LINKSET = "application/linkset+json"
TABLE_METADATA = "application/csvm+json"
GZIP = "application/gzip"
ZSTD = "application/zstd"
