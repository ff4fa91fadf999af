"""One line that says which parts of a lab's MicroK8s are a snap's own and which are emulated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PARTS = ("dispatcher", "cluster agent", "dqlite shell", "addon list")
EMULATED = "snap, microk8s, systemctl: emulated"


def sentence(plan: Mapping[str, Any] | None) -> str:
    """What `lab status` and the demo's last line say of snap, microk8s and systemctl."""
    if not plan:
        return EMULATED
    commands, parts = plan["commands"], plan["parts"]
    own = [verb for verb, why in commands.items() if not why]
    real = [f"microk8s {', '.join(own)}"] if own else []
    real += [part for part in PARTS if parts[part] == ""]
    stand_ins = [f"{part} ({parts[part]})" for part in (*PARTS, "kubectl") if parts[part]]
    stand_ins += [f"microk8s {text}" for text in _by_reason(commands)]
    borrowed = [part for part in ("python3", "programs") if parts[part]]
    return (
        f"of {plan['directory']} ({plan['version']}): {'; '.join(real) or 'nothing'}"
        f"; emulated: snapd, systemctl, kubelite, {', '.join(stand_ins)}"
        + (f"; the machine's own: {', '.join(borrowed)}" if borrowed else "")
    )


def _by_reason(commands: Mapping[str, str]) -> list[str]:
    """Commands that are emulated for the same reason, told together."""
    reasons: dict[str, list[str]] = {}
    for verb, why in commands.items():
        if why:
            # Each names its own wrapper: one reason is enough.
            reason = "no wrapper" if why == f"no microk8s-{verb}.wrapper" else why
            reasons.setdefault(reason, []).append(verb)
    return [f"{', '.join(verbs)} ({reason})" for reason, verbs in reasons.items()]


def capabilities(plan: Mapping[str, Any] | None) -> dict[str, Any]:
    """What `Lab.capabilities` says of MicroK8s, for programs."""
    if not plan:
        return {"microk8s": "emulated"}
    return {
        "microk8s": "parts of a snap",
        "snap": plan["directory"],
        "snap_commands": dict(plan["commands"]),
        "snap_parts": dict(plan["parts"]),
    }
