"""How is a thing found by what people type?"""
