"""What does the page of one thing tell?"""
