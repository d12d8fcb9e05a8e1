"""What do all paths together say?"""
