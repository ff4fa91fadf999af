"""`journalctl -u UNIT`: what the snap's services wrote."""

from lab.emulator import files, service_log, services, terminal


def run(words: list[str]) -> int:
    units: list[str] = []
    count = 1000
    queue = list(words)
    while queue:
        name, equals, value = queue.pop(0).partition("=")
        if name in ("-u", "--unit", "-n", "--lines", "--since", "--until", "-o"):
            value = value if equals else (queue.pop(0) if queue else "")
        if name in ("-u", "--unit"):
            units.append(value)
        elif name in ("-n", "--lines") and value.isdigit():
            count = int(value)
    lines: list[str] = []
    for service in services.named(units):
        lines += files.read(service_log.path(service)).splitlines()
    if not lines:
        terminal.out("-- No entries --")
    for line in lines[-count:]:
        terminal.out(line)
    return 0
