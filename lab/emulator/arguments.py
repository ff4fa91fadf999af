"""The arguments of the snap's services: a file each, with one flag a line."""

from lab.emulator import files, paths


def value(service: str, flag: str) -> str:
    """The flag's value in the service's file, which a running service read at its start."""
    for line in files.read(f"{paths.ARGS}/{service}").splitlines():
        name, separator, rest = line.partition("=" if "=" in line else " ")
        if separator and name == flag:
            return rest.strip().strip("\"'")
    return ""
