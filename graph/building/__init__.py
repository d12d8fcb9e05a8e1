"""How is a release made from tables?"""
