"""How does a site become static files?"""
