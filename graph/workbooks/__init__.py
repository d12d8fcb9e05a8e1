"""What do partners fill in, and what is wrong with it?"""
