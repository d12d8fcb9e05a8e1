"""Which questions are answered ready-made?"""
