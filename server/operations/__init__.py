"""How is the server set up and watched?"""
