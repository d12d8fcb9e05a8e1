"""What is a release on disk?"""
