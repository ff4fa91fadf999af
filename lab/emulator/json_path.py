"""The part of kubectl's `-o jsonpath=...` that scripts use, and no more.

Text with `{...}` in it: paths of fields, `['key']`, `[N]`, `[A:B]`, `[*]`, `.*`, `..field` and
filters `[?(@.path=="value")]`; quoted strings; `{range PATH}...{end}`, nested. Several values are
printed with blanks between; what is missing is empty.
"""

import json
import re
from typing import Any

PART = re.compile(r"\{(?:'[^']*'|\"(?:\\.|[^\"\\])*\"|[^{}'\"])*\}", re.DOTALL)
STEP = re.compile(
    r"\.\.(?P<deep>[\w-]+)|\.(?P<field>(?:\\.|[\w/-])+)|(?P<every>\.\*|\[\*\])"
    r"|\['(?P<key>[^']*)'\]|\[(?P<first>-?\d*):(?P<last>-?\d*)\]|\[(?P<number>-?\d+)\]"
    r"|\[\?\(\s*@(?P<path>[^=!<>()]*?)\s*(?:(?P<sign>[=!]=)\s*(?P<wanted>'[^']*'|\"[^\"]*\"|[\w.]+))?"
    r"\s*\)\]"
)
WORDS = {"true": True, "false": False}


class PathError(ValueError):
    """A path that kubectl refuses, or that goes beyond this part of the language."""


def render(template: str, data: Any) -> str:
    """The template's text for this data."""
    parts: list[str] = []
    position = 0
    for found in PART.finditer(template):
        parts += [template[position : found.start()], found[0]]
        position = found.end()
    parts.append(template[position:])
    if any("{" in text for text in parts[::2]):
        raise PathError("unclosed action")
    out: list[str] = []
    if _run([part for part in parts if part], data, data, out):
        raise PathError("not in range, nothing to end")
    return "".join(out)


def _run(parts: list[str], dot: Any, root: Any, out: list[str]) -> list[str]:
    """Print up to the `{end}` of this level; what follows it is returned."""
    rest = parts
    while rest:
        part, rest = rest[0], rest[1:]
        inner = part[1:-1].strip() if part.startswith("{") else ""
        if not inner:
            out.append(part if not part.startswith("{") else "")
        elif inner == "end":
            return [part, *rest]
        elif inner.startswith("range "):
            rest = _repeat(inner.removeprefix("range ").strip(), rest, dot, root, out)
        elif inner[0] in "'\"":
            out.append(_text(inner))
        else:
            out.append(" ".join(map(_shown, _found(inner, dot, root))))
    return []


def _repeat(path: str, rest: list[str], dot: Any, root: Any, out: list[str]) -> list[str]:
    body = rest[: _length_of_range(rest)]
    for value in _found(path, dot, root):
        _run(body, value, root, out)
    return rest[len(body) :]


def _length_of_range(rest: list[str]) -> int:
    """How many parts belong to the range that has begun, its own end included."""
    depth = 1
    for index, part in enumerate(rest, start=1):
        depth += part.startswith("{range ") - (part == "{end}")
        if not depth:
            return index
    raise PathError("unexpected end of a range")


def _text(quoted: str) -> str:
    if quoted[0] == "'":
        return quoted[1:-1]
    text: str = json.loads(quoted)
    return text


def _found(path: str, dot: Any, root: Any) -> list[Any]:
    values = [root if path.startswith("$") else dot]
    position = 1 if path[:1] in "$@" else 0
    if path[position : position + 1] not in (".", "[", ""):
        path = f"{path[:position]}.{path[position:]}"
    while position < len(path):
        step = STEP.match(path, position)
        if not step:
            raise PathError(f"unrecognized character in action: {path[position:]!r}")
        values = [item for value in values for item in _stepped(value, step)]
        position = step.end()
    return values


def _stepped(value: Any, step: re.Match[str]) -> list[Any]:
    part = step.groupdict()
    name = re.sub(r"\\(.)", r"\1", part["field"]) if part["field"] else part["key"]
    if name is not None:
        return [value[name]] if isinstance(value, dict) and name in value else []
    if part["deep"]:
        return _deep(value, part["deep"])
    if part["every"]:
        return list(value.values()) if isinstance(value, dict) else _listed(value)
    items = _listed(value)
    if part["number"]:
        index = int(part["number"])
        if not -len(items) <= index < len(items):
            raise PathError(f"array index out of bounds: index {index}, length {len(items)}")
        return [items[index]]
    if part["path"] is not None:
        return [item for item in items if _passes(item, part)]
    first, last = (int(part[end]) if part[end] else None for end in ("first", "last"))
    return items[first:last]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _deep(value: Any, name: str) -> list[Any]:
    inner = list(value.values()) if isinstance(value, dict) else _listed(value)
    own = [value[name]] if isinstance(value, dict) and name in value else []
    return own + [found for item in inner for found in _deep(item, name)]


def _passes(item: Any, part: dict[str, str]) -> bool:
    found = _found(part["path"] or "@", item, item)
    if not part["sign"]:
        return bool(found)
    wanted = part["wanted"]
    value: Any = _text(wanted) if wanted[0] in "'\"" else WORDS.get(wanted, wanted)
    is_same = any(entry == value or _shown(entry) == str(value) for entry in found)
    return is_same is (part["sign"] == "==")


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
