"""`microk8s add-node`."""

from typing import NamedTuple, NoReturn

from lab.emulator import addresses, agent_port, certificates, journal, terminal, tokens
from lab.emulator.commands import microk8s

FORMATS = ("pretty", "short", "token", "token-check", "json", "yaml")
USAGE = (
    "usage: microk8s add-node [-h] [--token-ttl TOKEN_TTL] [--token TOKEN]\n"
    "                         [--format {pretty,short,token,token-check,json,yaml}]"
)
MIN_TOKEN = 32


class AddNodeOptions(NamedTuple):
    """What the caller asked for."""

    ttl: int = -1
    token: str = ""
    form: str = "pretty"


def run(_verb: str, words: list[str]) -> None:
    if any("help" in word for word in words):
        terminal.leave_with(0, USAGE)
    microk8s.refuse_worker("Please use the microk8s add-node on the master.", 1)
    microk8s.require_permission()
    microk8s.require_running()
    wish = _parse(words)
    if wish.token and len(wish.token) < MIN_TOKEN:
        terminal.leave_with(1, "Invalid token size.  It must be 32 characters long.")
    token = wish.token or _new_token()
    tokens.add(token, wish.ttl)
    journal.minted(token)
    _show(wish.form, token, certificates.join_check())


def _new_token() -> str:
    import secrets

    return secrets.token_hex(16)


def _parse(words: list[str]) -> AddNodeOptions:
    names = {"-l": "ttl", "--token-ttl": "ttl", "-t": "token", "--token": "token"}
    names["--format"] = "form"
    found: dict[str, str] = {}
    rest = list(words)
    while rest:
        name, equals, value = rest.pop(0).partition("=")
        if name not in names:
            _refuse(f"unrecognized arguments: {name}")
        if not equals:
            value = rest.pop(0) if rest else _refuse(f"argument {name}: expected one argument")
        found[names[name]] = value
    if found.get("form", "pretty") not in FORMATS:
        choices = ", ".join(repr(form) for form in FORMATS)
        _refuse(f"argument --format: invalid choice: {found['form']!r} (choose from {choices})")
    try:
        ttl = int(found.get("ttl", "-1"))
    except ValueError:
        _refuse(f"argument -l/--token-ttl: invalid int value: {found['ttl']!r}")
    return AddNodeOptions(ttl, found.get("token", ""), found.get("form", "pretty"))


def _refuse(problem: str) -> NoReturn:
    terminal.fail(f"{USAGE}\nmicrok8s add-node: error: {problem}", 2)


def _show(form: str, token: str, check: str) -> None:
    secret = f"{token}/{check}"
    urls = [f"{address}:{agent_port.PORT}/{secret}" for address in addresses.own()]
    if form == "token":
        terminal.out(token)
    elif form == "token-check":
        terminal.out(secret)
    elif form == "json":
        import json

        terminal.out(json.dumps({"token": secret, "urls": urls}, indent=2))
    elif form == "yaml":
        terminal.out("\n".join([f"token: {secret}", "urls:", *(f"- {url}" for url in urls), ""]))
    elif form == "short":
        terminal.out("\n".join(f"microk8s join {url}" for url in urls))
    else:
        _show_pretty(urls)


def _show_pretty(urls: list[str]) -> None:
    terminal.out("From the node you wish to join to this cluster, run the following:")
    terminal.out(f"microk8s join {urls[0]}\n")
    terminal.out("Use the '--worker' flag to join a node as a worker not running the control ", "")
    terminal.out(f"plane, eg:\nmicrok8s join {urls[0]} --worker\n")
    terminal.out(
        "If the node you are adding is not reachable through the default interface you ", ""
    )
    terminal.out("can use one of the following:")
    for url in urls:
        terminal.out(f"microk8s join {url}")
