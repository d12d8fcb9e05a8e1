"""How is a query run so that it can be killed?"""
