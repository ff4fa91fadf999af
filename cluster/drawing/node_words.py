"""A node in words: its roles, its health, where it stands, and all of that in one sentence."""

from collections.abc import Iterable

from cluster.drawing.picture import DEDICATED, NodePicture, Picture, Readiness


def node_in_words(picture: Picture, node: NodePicture) -> str:
    """Return all there is to say of a node, for those who do not see it."""
    taints = [short_taint(taint) for taint in node.taints]
    words = [str(node.group), *roles_in_words(node), state_in_words(node), node.address]
    return f"{node.name}: {_joined([*words, *picture.place(node), *taints])}"


def roles_in_words(node: NodePicture) -> list[str]:
    """Return what a node is in the datastore, and to those who join."""
    return [
        word
        for word, is_so in (
            (str(node.dqlite), node.dqlite is not None),
            ("★ leader", node.leader),
            ("⚑ seed", node.seed),
        )
        if is_so
    ]


def state_in_words(node: NodePicture) -> str:
    """Return health in words; what is bad is shouted."""
    states = []
    if node.alive is not None:
        states.append(f"{was(node)}alive" if node.alive else "DEAD")
    bad = node.readiness is Readiness.NOT_READY
    states.append(node.readiness.upper() if bad else f"{was(node)}{node.readiness}")
    return ", ".join([*states, "cordoned"] if node.cordoned else states)


def was(node: NodePicture) -> str:
    """Return the word before a state that was seen too long ago to say it of now."""
    return "was " if node.is_old and node.readiness is not Readiness.UNSEEN else ""


def limits_in_words(node: NodePicture) -> str:
    """Return that not every workload comes here."""
    others = sum(not taint.startswith(DEDICATED) for taint in node.taints)
    counted = f"{others} taint{'' if others == 1 else 's'}" if others else ""
    return _joined(["dedicated" if node.dedicated else "", counted])


def where_in_words(picture: Picture, node: NodePicture) -> str:
    return _joined([node.address, *picture.place(node)])


def short_taint(taint: str) -> str:
    """Keep what tells taints apart: the key's last part, and the effect."""
    key, _, effect = taint.rpartition(":")
    if key.startswith(DEDICATED):
        return f"dedicated: {effect}"
    return f"taint {key.rstrip('=').rpartition('/')[2]}:{effect}"


def _joined(words: Iterable[str]) -> str:
    return ", ".join(word for word in words if word)
