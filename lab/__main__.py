"""``python -m lab``: the lab's command line on its own."""

from lab.cli import lab

lab(prog_name="lab")
