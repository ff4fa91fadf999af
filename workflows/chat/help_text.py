"""What can be asked in a chat, as help tells it; pure."""

from collections.abc import Iterator

from marshmallow import fields

from workflows.chat.commands import USAGES
from workflows.chat.fields_said import fields_of
from workflows.kinds import KINDS


def help_text(topic: str = "") -> str:
    """Return what help tells of everything, or of one command or kind of change."""
    if not topic:
        width = max(len(usage.form) for usage in USAGES.values())
        lines = [f"{usage.form:<{width}}  {usage.summary}" for usage in USAGES.values()]
        return "\n".join(lines)
    if topic not in USAGES:
        return "\n".join(_of_kind(topic))
    usage = USAGES[topic]
    lines = [usage.form, usage.summary + ".", f"For example: {usage.example}"]
    if topic == "change":
        lines += [f"{name}: {kind.summary}" for name, kind in sorted(KINDS.items())]
        lines.append("help KIND tells its fields; because REASON may stand at the end.")
    if topic in KINDS:
        lines += ["or", *_of_kind(topic)]
    return "\n".join(lines)


def _of_kind(name: str) -> Iterator[str]:
    kind = KINDS[name]
    known = fields_of(kind)
    yield f"change {name} CLUSTER {' '.join(_form(*row) for row in known.items())}".rstrip()
    yield f"{kind.summary}."
    for field_name, field in known.items():
        if told := str(field.metadata.get("description", "")):
            yield f"{field_name}: {told}"


def _form(name: str, field: fields.Field) -> str:  # type: ignore[type-arg]  # of whatever type
    said = f"{name}=VALUE"
    if isinstance(field, fields.Dict):
        deep = isinstance(field.value_field, fields.Dict)
        said = f"{name}.NODE.KEY=VALUE" if deep else f"{name}.NODE=VALUE"
    elif isinstance(field, fields.List):
        said = f"{name}=VALUE[,VALUE]"
    elif isinstance(field, fields.Boolean):
        said = f"{name}=yes|no"
    return said if field.required else f"[{said}]"
