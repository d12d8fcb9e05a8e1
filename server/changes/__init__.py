"""What changed, and what can be downloaded?"""
