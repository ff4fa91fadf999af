"""Requests between the agents of one cluster, authorised by the shared callback token."""

from lab.emulator import agent_join, dqlite_wire, journal, membership
from lab.emulator.https import Answer, Request

HEADER = "x-microk8s-callback-token"


def configure(request: Request) -> Answer:
    """Accept pushed arguments; the lab's services have none that would change."""
    wanted = request.json()
    if wanted.get("callback") != agent_join.callback_token():
        return 500, {"error": "Invalid token"}
    journal.effect("configured", source=request.peer)
    return 200, {"result": "ok"}


def remove_member(request: Request) -> Answer:
    if request.headers.get(HEADER) != agent_join.callback_token():
        return 500, {"error": "Invalid token"}
    address = str(request.json().get("remote_address", ""))
    try:
        member = next(m for m in membership.members() if m.address == address)
        dqlite_wire.remove(membership.leader(), member.id, membership.timeout())
    except (StopIteration, membership.NoLeader, dqlite_wire.Unreachable) as error:
        return 500, {"error": f"cannot remove {address}: {error}"}
    return 200, {}
