"""`run.py switch-addon VERB NAME [ARGUMENT]`: what stands in for the scripts of an addon."""

from lab.emulator.commands import addons


def run(words: list[str]) -> int:
    verb, name, *arguments = words
    argument = f":{arguments[0]}" if arguments else ""
    return addons.run(verb, [f"core/{name}{argument}"])
