"""How much may one client take?"""
