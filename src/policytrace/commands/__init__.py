"""The commands, each in a module of its name that is loaded when it is used."""
