"""How are paths found in the hop arrays?"""
