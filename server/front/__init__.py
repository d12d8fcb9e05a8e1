"""What is answered before Flask sees it?"""
