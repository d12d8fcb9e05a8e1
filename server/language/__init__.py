"""Which language does it speak?"""
