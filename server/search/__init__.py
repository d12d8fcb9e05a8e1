"""How are lists found, narrowed and suggested?"""
