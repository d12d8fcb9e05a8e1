"""What do all transfers together say: numbers, gaps, overviews, reports?"""
