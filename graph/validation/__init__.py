"""Is it right? (SHACL)"""
