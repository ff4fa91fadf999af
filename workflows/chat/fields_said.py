"""The params of a change as words, ``workers=n4,n5 labels.n4.disk=ssd``, both ways; pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from marshmallow import ValidationError, fields

from cluster.printable import short
from workflows.chat.words import ENDINGS, Misunderstood, Word, nearest, written
from workflows.kinds import KINDS
from workflows.plan import Kind
from workflows.planner import normalised

YES, NO = frozenset({"yes", "true", "on"}), frozenset({"no", "false", "off"})
LEFT_OUT = "Missing data for required field."


def fields_of(kind: Kind) -> dict[str, fields.Field[Any]]:
    """Return the fields of a kind by the names that people say."""
    return {field.data_key or name: field for name, field in kind.schema().fields.items()}


def params_said(kind: Kind, words: Sequence[Word]) -> dict[str, Any]:
    """Return what is said with ``FIELD=VALUE``, checked by the kind. Raises ``Misunderstood``."""
    said: dict[str, Any] = {}
    for word in words:
        _take(kind, said, word)
    return checked(kind, said)


def checked(kind: Kind, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return params as the kind's schema dumps them. Raises ``Misunderstood``."""
    try:
        return normalised(kind, params)
    except ValidationError as error:
        name, message = _first(error.messages)
        if message == LEFT_OUT:
            message = f"cannot {kind.name} without {name}: say {name}=VALUE"
        elif not message.startswith("cannot "):
            message = f"cannot use {name}: {message[:1].lower()}{message[1:].rstrip('.')}"
        raise Misunderstood(f"{short(message)}; type help {kind.name} for its fields") from None


def _take(kind: Kind, said: dict[str, Any], word: Word) -> None:
    """Add what one word says."""
    path, equals, value = word.text.partition("=")
    name, _, inner = path.partition(".")
    name = name.casefold().replace("-", "_")
    known = fields_of(kind)
    if not equals or name not in known:
        told = nearest(name, known) or f"its fields are {', '.join(known) or 'none'}"
        raise Misunderstood(
            f"cannot use {short(word.text, 80)} with {kind.name}: {told} Type "
            f"{kind.name} CLUSTER FIELD=VALUE"
        )
    field = known[name]
    if isinstance(field, fields.Dict):
        _take_inner(field, name, said.setdefault(name, {}), inner, value, word)
        return
    if inner:
        raise Misunderstood(f"cannot use {short(path, 80)}: type {name}=VALUE")
    _set(said, name, _value(field, value, word), path)


def _take_inner(
    field: fields.Dict, name: str, said: dict[str, Any], inner: str, value: str, word: Word
) -> None:
    """Add what is said of one node, ``zones.n1=a`` or ``labels.n1.disk=ssd``."""
    node, _, key = inner.partition(".")
    deep = isinstance(field.value_field, fields.Dict)
    if not node or deep != bool(key):
        form = f"{name}.NODE.KEY=VALUE" if deep else f"{name}.NODE=VALUE"
        raise Misunderstood(f"cannot use {short(word.text, 80)}: type {form}")
    node = node.casefold()
    if deep:
        _set(said.setdefault(node, {}), key, value, inner)
    else:
        _set(said, node, _value(field.value_field, value, word), inner)


def _set(said: dict[str, Any], name: str, value: Any, path: str) -> None:
    """Set a value once; lists grow."""
    if isinstance(value, list) and name in said:
        said[name] = [*said[name], *value]
    elif name in said:
        raise Misunderstood(f"cannot use {short(path, 80)} twice: say it once")
    else:
        said[name] = value


def _value(field: Any, text: str, word: Word) -> Any:
    if isinstance(field, fields.List):
        # What is quoted may have a comma of its own, as the argument of an addon has.
        if word.is_quoted:
            return [text] if text else []
        return [part for part in text.split(",") if part]
    if isinstance(field, fields.Boolean):
        low = text.casefold()
        if low not in YES | NO:
            path = word.text.partition("=")[0]
            said = short(text, 80)
            raise Misunderstood(f"cannot use {said} here: type {path}=yes or {path}=no")
        return low in YES
    if isinstance(field, fields.Integer) and text.isascii() and text.isdigit():
        return int(text)
    return text


def said_of(kind: str, params: Mapping[str, Any]) -> Iterator[str]:
    """Yield the words that say params; what the kind takes by itself is left out."""
    known = fields_of(KINDS[kind])
    for name, value in params.items():
        if isinstance(value, Mapping):
            for node, inner in value.items():
                yield from _inner_words(f"{name}.{node}", inner)
        elif value is not None and (value != [] or known[name].required):
            if value == known[name].load_default:
                continue
            yield from _words(name, value)


def _inner_words(path: str, inner: Any) -> Iterator[str]:
    if isinstance(inner, Mapping):
        for key, value in inner.items():
            yield from _words(f"{path}.{key}", value)
    else:
        yield from _words(path, inner)


def _words(path: str, value: Any) -> Iterator[str]:
    if isinstance(value, bool):
        yield f"{path}={'yes' if value else 'no'}"
    elif isinstance(value, list | tuple):
        if any("," in str(one) for one in value) or (value and str(value[-1])[-1:] in ENDINGS):
            yield from (f'"{path}={one}"' for one in value)
        else:
            yield f"{path}={','.join(map(str, value))}"
    else:
        yield written(f"{path}={value}")


def _first(messages: Any, name: str = "") -> tuple[str, str]:
    """Return the first fault of marshmallow's, and the field that it is about."""
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            return _first(inner, name if key in ("_schema", "key", "value") else str(key))
    if isinstance(messages, list) and messages:
        return _first(messages[0], name)
    return name, str(messages)
