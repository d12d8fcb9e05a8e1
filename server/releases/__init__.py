"""Which release answers?"""
