"""How is an answer or a problem written?"""
