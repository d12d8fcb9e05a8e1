"""What does the site say of itself: home, about, health, OpenAPI?"""
