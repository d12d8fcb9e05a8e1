"""How does the same run on another SPARQL server?"""
