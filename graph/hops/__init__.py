"""What is one step of learning, as rows and as arrays?"""
