"""Run the command line as ``python -m policytrace``."""

from policytrace.cli import main

if __name__ == "__main__":
    main(prog_name="policytrace")
