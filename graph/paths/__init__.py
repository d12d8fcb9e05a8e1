"""How is it linked, by which path?"""
