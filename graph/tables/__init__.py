"""What stands in the tables, and what does a row become?"""
