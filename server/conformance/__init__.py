"""Does a site keep to the standards?"""
