"""Requests between the agents of one cluster, and from tools that manage it, with their tokens."""

from lab.emulator import agent_join, dqlite_wire, files, journal, membership
from lab.emulator.https import Answer, Request

CAPI_HEADER = "capi-auth-token"
CAPI_TOKEN = "/capi/etc/token"  # noqa: S105 # where the token lies


def configure(request: Request) -> Answer:
    """Accept pushed arguments; the lab's services have none that would change."""
    wanted = request.json()
    if wanted.get("callback") != agent_join.callback_token():
        return 500, {"error": "Invalid token"}
    journal.effect("configured", source=request.peer)
    return 200, {"result": "ok"}


def remove_member(request: Request) -> Answer:
    """Strike a member out, for whoever brings the token that the host's owner put into its file."""
    failed = "Failed to remove from dqlite: "
    known = files.read(CAPI_TOKEN).strip()
    if not known:
        unread = f"failed to read token file: open {CAPI_TOKEN}: no such file or directory"
        return 500, {"error": f"{failed}failed to validate CAPI auth token: {unread}"}
    given = request.headers.get(CAPI_HEADER, "")
    if given != known:
        return 401, {"error": f'{failed}invalid CAPI auth token "{given}"'}
    address = str(request.json().get("remove_endpoint", ""))
    try:
        member = next(m for m in membership.members() if m.address == address)
        dqlite_wire.remove(membership.leader(), member.id, membership.timeout())
    except (StopIteration, membership.NoLeader, dqlite_wire.Unreachable) as error:
        return 500, {"error": f"{failed}failed to remove node from dqlite: {error}"}
    return 200, None
