"""``python -m jwpgraph`` is the command line."""

from jwpgraph.cli import main

if __name__ == "__main__":
    main()
