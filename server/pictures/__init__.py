"""How is a picture drawn? (no routes)"""
