"""What are things called, and which codes are there?"""
