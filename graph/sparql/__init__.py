"""How is a query read, bound, run and written?"""
