"""Where did it go, where did it come from?"""
