"""A quorum in sentences, and the operations on members as people write them."""

from cluster.quorum.members import VOTERS, Quorum, expected
from cluster.quorum.operations import Operation

VERBS = {
    "add": Operation.JOIN,
    "remove": Operation.LEAVE,
    "remove-dead": Operation.REMOVE,
    "stop": Operation.STOP,
}
"""What somebody writes who tries an operation on paper: ``remove:n2``."""
MOST_TRIED = 20
"""Operations that are tried at once, one after the other."""


def verb_of(operation: Operation) -> str:
    """Return what somebody writes for an operation."""
    return next(verb for verb, meant in VERBS.items() if meant is operation)


def done_to(host: str, operation: Operation) -> str:
    """Return what is done to a host, for sentences that begin with cannot: ``remove n2``."""
    return f"{verb_of(operation).partition('-')[0]} {host}"


def describe(quorum: Quorum) -> str:
    """Say in one sentence how a member list stands, and what it would survive."""
    if not quorum.has_leader:
        return "the datastore has no leader: nothing can be changed"
    if not quorum.members:
        return "the datastore has no member yet"
    alive = f"{quorum.voters_alive} of {quorum.voters} voters alive, {quorum.majority} needed"
    if not quorum.has_quorum:
        return f"{alive}: quorum is lost, and nothing can be changed"
    if quorum.members == 2 and quorum.voters == 1:
        return explain(2)
    if quorum.tolerance == 0:
        return f"{alive}: the loss of one more stops the cluster"
    return f"{alive}: {quorum.tolerance} may be lost at once"


def explain(members: int) -> str:
    """Say in one sentence what so many control plane nodes give, and why the guide says odd."""
    q = expected(members)
    if members == 1:
        return "1 control plane node: one voter, no failure is survived"
    if members == 2:
        return (
            "2 control plane nodes: one voter and one spare, worse than one node, because losing "
            "the voter loses the datastore"
        )
    extra = ""
    if members > VOTERS:
        extra = f"; {_reserve(q)} a lost voter's place within about a minute"
        extra += ", one after the other" if members > VOTERS + 1 else ""
    return (
        f"{members} control plane nodes: {q.voters} voters, "
        f"{q.tolerance} may be lost at once{extra}"
    )


def _reserve(quorum: Quorum) -> str:
    """Return who takes a lost voter's place, with the verb."""
    rows = ((quorum.standbys, "stand-by"), (quorum.spares, "spare"))
    told = [f"{number} {word}{'' if number == 1 else 's'}" for number, word in rows if number]
    verb = "takes" if quorum.standbys + quorum.spares == 1 else "take"
    return f"{' and '.join(told)} {verb}"
