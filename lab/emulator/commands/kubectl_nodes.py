"""kubectl's verbs that mark nodes: label, annotate, taint."""

from typing import Any

from lab.emulator import journal, objects, terminal
from lab.emulator.commands import kubectl
from lab.emulator.commands.kubectl import Call

EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")


def run(call: Call) -> None:
    if call.verb in ("label", "annotate"):
        _mark(call, {"label": "labels", "annotate": "annotations"}[call.verb])
    else:
        _taint(call)


def _targets(call: Call, words: list[str]) -> list[str]:
    stored = objects.read(call.cluster)["nodes"]
    names = sorted(stored) if "--all" in call.options else kubectl.node_names(words)
    for name in names:
        kubectl.stored_node(call.cluster, name)
    return names


def _change(call: Call, name: str, **facts: Any) -> None:
    with objects.edited(call.cluster) as value:
        value["nodes"][name].update(facts)
    journal.effect("node-changed", node=name, facts=sorted(facts))


def _mark(call: Call, field: str) -> None:
    """Set `key=value` and drop `key-` words among a node's labels or annotations."""
    places = [word for word in call.words if "=" not in word and not word.endswith("-")]
    words = [word for word in call.words if word not in places]
    kind = field.removesuffix("s")
    if not words:
        terminal.fail(f"error: at least one {kind} update is required")
    _refuse_contradiction(words, kind)
    for name in _targets(call, places):
        old = kubectl.stored_node(call.cluster, name)[field]
        new = dict(old)
        for word in words:
            _apply_mark(call, new, word, kind)
        if new != old:
            _change(call, name, **{field: new})
        terminal.out(f"node/{name} {_outcome(old, new) if kind == 'label' else 'annotated'}")


def _refuse_contradiction(words: list[str], kind: str) -> None:
    given = {word.partition("=")[0] for word in words if "=" in word}
    if any("=" not in word and word.removesuffix("-") in given for word in words):
        article = "an" if kind == "annotation" else "a"
        reason = f"can not both modify and remove {article} {kind} in the same command"
        terminal.fail(f"error: {reason}")


def _outcome(old: dict[str, str], new: dict[str, str]) -> str:
    """What kubectl says of a node whose labels were these and are those."""
    has_lost = bool(old.keys() - new.keys())
    has_gained = any(old.get(key) != value for key, value in new.items())
    if has_lost and has_gained:
        return "modified"
    return "labeled" if has_gained else "unlabeled" if has_lost else "not labeled"


def _apply_mark(call: Call, marks: dict[str, str], word: str, kind: str) -> None:
    key, equals, value = word.partition("=")
    if not equals:
        if marks.pop(key.removesuffix("-"), None) is None and kind == "label":
            terminal.out(f'label "{key.removesuffix("-")}" not found.')
        return
    if marks.get(key, value) != value and "--overwrite" not in call.options:
        old = marks[key]
        terminal.fail(f"error: '{key}' already has a value ({old}), and --overwrite is false")
    marks[key] = value


def _taint(call: Call) -> None:
    places = [word for word in call.words if not _is_taint(word)]
    words = [word for word in call.words if _is_taint(word)]
    if not words:
        terminal.fail("error: at least one taint update is required")
    removals = [word for word in words if word.endswith("-")]
    outcome = "untainted" if len(removals) == len(words) else "tainted"
    if "--overwrite" in call.options or 0 < len(removals) < len(words):
        outcome = "modified"
    for name in _targets(call, places):
        taints = list(kubectl.stored_node(call.cluster, name)["taints"])
        for word in words:
            taints = _with_taint(call, name, taints, word)
        _change(call, name, taints=taints)
        terminal.out(f"node/{name} {outcome}")


def _is_taint(word: str) -> bool:
    return "=" in word or ":" in word or word.endswith("-")


def _with_taint(call: Call, name: str, taints: list[Any], word: str) -> list[Any]:
    spec, _, effect = word.removesuffix("-").partition(":")
    key, _, value = spec.partition("=")
    if effect not in EFFECTS and (effect or not word.endswith("-")):
        reason = f"invalid taint effect: {effect}, unsupported taint effect"
        terminal.fail(f"error: {reason if effect else f'invalid taint spec: {word}'}")
    if word.endswith("-"):
        kept = [t for t in taints if t["key"] != key or effect not in ("", t["effect"])]
        if len(kept) == len(taints):
            terminal.fail(f'error: taint "{word.removesuffix("-")}" not found')
        return kept
    same = [t for t in taints if t["key"] == key and t["effect"] == effect]
    if same and "--overwrite" not in call.options:
        terminal.fail(
            f"error: node {name} already has {key} taint(s) with same effect(s) "
            "and --overwrite is false"
        )
    taint = {"key": key, "effect": effect} | ({"value": value} if value else {})
    return [t for t in taints if t not in same] + [taint]
