"""What is said of one thing?"""
