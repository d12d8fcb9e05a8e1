"""The web server: SPARQL, linked data and pages over one release."""
