"""Lets ``python -m cli`` be the command ``clusterwright``."""

from cli.main import main

if __name__ == "__main__":
    main()
