"""The snap's dqlite shell: the cluster commands of `dqlite -s SERVERS k8s COMMAND`."""

from typing import NamedTuple, NoReturn

from lab.emulator import dqlite_wire, files, journal, membership, terminal
from lab.emulator.commands import microk8s
from lab.emulator.dqlite_wire import ROLE_WORDS, Member, Unreachable
from lab.emulator.real_snap import plan

USAGE = """\
Usage:
  dqlite -s <servers> <database> [command] [flags]

Flags:
  -c, --cert string       public TLS cert
  -f, --format string     output format (tabular, json) (default "tabular")
  -h, --help              help for dqlite
  -k, --key string        private TLS key
  -s, --servers strings   comma-separated list of db servers, or file://<store>
"""
VALUED = {
    "-s": "servers", "--servers": "servers", "-c": "cert", "--cert": "cert",
    "-k": "key", "--key": "key", "-f": "format", "--format": "format",
}  # fmt: skip


class Call(NamedTuple):
    """A parsed command line."""

    servers: list[str]
    json: bool
    words: list[str]


def run(words: list[str]) -> int:
    if plan.has(plan.DQLITE_SHELL):
        from lab.emulator.real_snap import run as real

        return real.dqlite(words)
    call = _parse(words)
    if not call.words:
        terminal.leave_with(0, "")
    verb, arguments = call.words[0], call.words[1:]
    try:
        _dispatch(call, verb, arguments)
    except membership.NoLeader:
        if microk8s.has_patient_dqlite_shell():
            terminal.wait_for_ever()
        _fail("no available dqlite leader server found")
    except Unreachable as error:
        _fail(str(error))
    except FileNotFoundError as error:
        _fail(f"open servers file: open {error.filename}: no such file or directory")
    return 0


def _parse(words: list[str]) -> Call:
    options: dict[str, str] = {}
    rest: list[str] = []
    queue = list(words)
    while queue:
        name, equals, value = queue.pop(0).partition("=")
        if name in VALUED:
            options[VALUED[name]] = value if equals else (queue.pop(0) if queue else "")
        else:
            rest.append(name + equals + value)
    if "servers" not in options:
        _fail('required flag(s) "servers" not set')
    if not rest:
        _fail("accepts between 1 and 2 arg(s), received 0")
    # Each shell command is one argument: `.remove ADDRESS`.
    command = rest[1].split() if len(rest) > 1 else []
    return Call(_servers(options["servers"]), options.get("format") == "json", command)


def _servers(text: str) -> list[str]:
    if not text.startswith("file://"):
        return text.split(",")
    path = text.removeprefix("file://")
    content = files.read(path)
    if not content:
        _fail(f"open servers file: open {path}: no such file or directory")
    return [member.address for member in membership.parse(content)]


def _dispatch(call: Call, verb: str, arguments: list[str]) -> None:
    if verb == ".cluster":
        _show_cluster(call)
    elif verb == ".leader":
        terminal.out(membership.find_leader(call.servers))
    elif verb == ".describe" and arguments:
        _describe(call, arguments[0])
    elif verb == ".remove" and arguments:
        _remove(call, arguments[0])
    elif verb == ".weight" and len(arguments) == 2:
        dqlite_wire.set_weight(arguments[0], int(arguments[1]), membership.timeout())
    elif verb == ".reconfigure" and len(arguments) == 2:
        _reconfigure(*arguments)
    elif verb == ".dump" and arguments:
        _dump(arguments)
    elif verb == ".help":
        terminal.out(".cluster .leader .describe .remove .weight .dump .reconfigure .help")
    elif verb.startswith("."):
        _fail(f"bad command format, should be: {verb} <address>")
    else:
        _fail("the lab keeps no SQL tables behind dqlite")


def _members(call: Call) -> list[Member]:
    leader = membership.find_leader(call.servers)
    return dqlite_wire.members_seen_by(leader, membership.timeout())


def _show_cluster(call: Call) -> None:
    members = _members(call)
    if not call.json:
        for member in members:
            terminal.out(f"{member.id:x}|{member.address}|{ROLE_WORDS[member.role]}")
        return
    import json

    shown = [{"ID": m.id, "Address": m.address, "Role": m.role} for m in members]
    terminal.out(json.dumps(shown, indent="\t"))


def _describe(call: Call, address: str) -> None:
    metadata = dqlite_wire.describe(address, membership.timeout())
    if call.json:
        import json

        shown = {"FailureDomain": metadata.failure_domain, "Weight": metadata.weight}
        terminal.out(json.dumps(shown, indent="\t"))
    else:
        terminal.out(f"{address}|{metadata.failure_domain}|{metadata.weight}")


def _remove(call: Call, address: str) -> None:
    member = next((m for m in _members(call) if m.address == address), None)
    if member is None:
        _fail(f'no node has address "{address}"')
    leader = membership.find_leader(call.servers)
    dqlite_wire.remove(leader, member.id, membership.timeout())
    journal.effect("member-removed", address=address)


def _reconfigure(folder: str, cluster_yaml: str) -> None:
    from lab.emulator import reconfiguration

    outcome = reconfiguration.reconfigure(folder, cluster_yaml)
    if outcome != "OK":
        _fail(outcome.removeprefix("Error: ").splitlines()[0])
    terminal.out(outcome)
    journal.effect("reconfigured")


def _dump(arguments: list[str]) -> None:
    import os
    import subprocess

    binary = "/usr/bin/dqlite"
    if not os.path.exists(binary):
        _fail("the emulated dqlite keeps no database files")
    database = arguments[1] if len(arguments) > 1 else "demo.db"
    command = [binary, "-s", arguments[0], database, f".dump {arguments[0]} {database}"]
    raise SystemExit(subprocess.run(command, check=False, timeout=30).returncode)


def _fail(problem: str) -> NoReturn:
    terminal.fail(f"Error: {problem}\n{USAGE}")
