"""What can be downloaded, and what changed?"""
