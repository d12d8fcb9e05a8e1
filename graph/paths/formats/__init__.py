"""In which formats is an answer about paths written?"""
