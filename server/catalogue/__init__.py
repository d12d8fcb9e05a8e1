"""What do harvesters read?"""
