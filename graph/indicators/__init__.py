"""Which numbers does the programme report?"""
