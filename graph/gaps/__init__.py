"""What is missing, and who may know?"""
