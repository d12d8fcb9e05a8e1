"""What does the SPARQL endpoint do?"""
