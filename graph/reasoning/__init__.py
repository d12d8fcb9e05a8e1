"""What follows from the statements, and how strong is a claim?"""
