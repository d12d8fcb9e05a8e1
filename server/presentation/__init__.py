"""How is a term shown to people?"""
