"""What does an identifier lead to, as RDF?"""
