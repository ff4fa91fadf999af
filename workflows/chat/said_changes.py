"""Changes that are asked for in words of their own, ``add worker n4 to prod``; pure."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from marshmallow import ValidationError

from cluster.names import HostName
from cluster.printable import short
from workflows.chat.commands import USAGES
from workflows.chat.words import ALSO, ARTICLES, Misunderstood, Word, names_of, nearest

ROLES = {
    "worker": "workers",
    "workers": "workers",
    "control-plane": "control_plane",
    "controlplane": "control_plane",
}

Words = Sequence[Word]
Said = tuple[str, str, dict[str, Any]]
"""A kind of change, a cluster, and what is said of the change."""


def _add(words: Words) -> Said:
    *listed, cluster = _split(words, {"to", "into", "in"}, "add")
    params: dict[str, Any] = {}
    role = ""
    for word in listed:
        if word.lower in ROLES:
            role = ROLES[word.lower]
        elif not role:
            near = nearest(word.text, ROLES)
            if word.lower not in ARTICLES:
                misunderstood(
                    f"cannot add {short(word.text, 80)}: {near or 'say worker or control-plane'}",
                    "add",
                )
        else:
            params.setdefault(role, []).extend(names_of([word]) if word.lower not in ALSO else [])
    return (
        "add-nodes",
        cluster_of(cluster, "add"),
        {name: _without_articles(hosts) for name, hosts in params.items()},
    )


def _remove(words: Words) -> Said:
    forced = [word.lower for word in words[-2:]] == ["by", "force"]
    words = words[:-2] if forced else words
    *listed, cluster = _split(words, {"from", "of", "in"}, "remove")
    hosts = names_of(listed)
    if len(hosts) != 1:
        misunderstood(f"cannot remove {len(hosts)} nodes at once: name one host", "remove")
    force = {"force": True} if forced else {}
    return "remove-node", cluster_of(cluster, "remove"), {"node": hosts[0], **force}


def _upgrade(words: Words) -> Said:
    rest = after_articles(words)
    if len(rest) != 3 or rest[1].lower != "to":
        misunderstood("cannot upgrade: name a cluster and a channel", "upgrade")
    return "upgrade", cluster_of(rest[0], "upgrade"), {"channel": rest[2].text.casefold()}


def _label(words: Words) -> Said:
    *listed, cluster = _split(words, {"in", "of"}, "label")
    pairs = [word.text.split("=", 1) for word in listed if "=" in word.text]
    hosts = names_of([w for w in listed if "=" not in w.text and w.lower not in {*ALSO, "with"}])
    if not pairs or not hosts:
        misunderstood("cannot label nothing: name hosts, and a label", "label")
    labels = {key: value.removesuffix(",") for key, value in pairs}
    return "label-nodes", cluster_of(cluster, "label"), {"labels": dict.fromkeys(hosts, labels)}


def _verify(words: Words) -> Said:
    rest = after_articles(words)
    if len(rest) != 1:
        misunderstood("cannot verify that: name one cluster", "verify")
    return "verify", cluster_of(rest[0], "verify"), {}


FRIENDLY: Mapping[str, Callable[[Words], Said]] = {
    "add": _add,
    "remove": _remove,
    "upgrade": _upgrade,
    "label": _label,
    "verify": _verify,
}
"""Changes that are asked for in words of their own."""


def _split(words: Words, links: set[str], verb: str) -> list[Word]:
    """Return the words before the last of some links, and behind them the cluster's name."""
    at = max((place for place, word in enumerate(words) if word.lower in links), default=0)
    rest = after_articles(words[at + 1 :])
    if not at or len(rest) != 1:
        misunderstood(f"cannot {verb} that: name hosts and a cluster", verb)
    return [*words[:at], rest[0]]


def after_articles(words: Words) -> Words:
    while len(words) > 1 and words[0].lower in ARTICLES:
        words = words[1:]
    return words


def _without_articles(hosts: list[str]) -> list[str]:
    return [host for host in hosts if len(hosts) == 1 or host not in ARTICLES]


def cluster_of(word: Word, verb: str) -> str:
    name = word.text if word.is_quoted else word.text.casefold()
    try:
        return str(HostName().deserialize(name))
    except ValidationError as error:
        raise Misunderstood(f"{error.messages[0]}; type {USAGES[verb].form}") from None


def misunderstood(message: str, verb: str) -> NoReturn:
    form = USAGES[verb].form if verb in USAGES else "help"
    raise Misunderstood(f"{message}; type {form}")
