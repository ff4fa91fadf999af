"""The part of Go's text/template that is used with `kubectl -o go-template=...`, and no more.

Actions: `if`, `else if`, `else`, `with`, `range` (with `$v :=` and `$k, $v :=`), `end`, comments
and trim marks. Values: fields, variables, strings, numbers, `true`, `false`, `nil`, parentheses and
pipes. Functions: `printf` with %q, %s, %d and %v, `print`, `println`, `index`, `len`, `eq`, `ne`,
`not`, `and`, `or`. As with kubectl, what is missing is empty, and `<no value>` where it is printed.
"""

import re
from collections.abc import Callable
from typing import Any

ACTION = re.compile(r'\{\{(?:"(?:\\.|[^"\\])*"|`[^`]*`|[^"`])*?\}\}', re.DOTALL)
TOKEN = re.compile(
    r'\s*("(?:\\.|[^"\\])*"|`[^`]*`|:=|[|(),]|\$\w*(?:\.\w+)*|(?:\.\w+)+|\.|-?\d+|\w+)'
)
ESCAPES = {"\a": "a", "\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t", "\v": "v"}
ESCAPES |= {"\\": "\\", '"': '"'}
WORDS = {"true": True, "false": False, "nil": None}
OPENERS = ("if", "with", "range")


class TemplateError(ValueError):
    """A template that Go refuses, or that goes beyond this part of the language."""


class Missing:
    """What a key that is not there leads to; Go's invalid value."""


MISSING = Missing()
Names = dict[str, Any]
Node = tuple[Any, ...]


def render(template: str, data: Any) -> str:
    """The template's text for this data."""
    parts = _parts(template)
    nodes, end = _block(parts, top=True)
    if end:
        raise TemplateError(f"unexpected {{{{{end}}}}}")
    out: list[str] = []
    _run(nodes, data, {"$": data}, out)
    return "".join(out)


def _parts(template: str) -> list[tuple[str, str]]:
    """Text and actions in turn, last first, so that reading is popping."""
    parts: list[tuple[str, str]] = []
    position, trim = 0, False
    for found in ACTION.finditer(template):
        text = template[position : found.start()]
        inner = found[0][2:-2]
        text = text.lstrip() if trim else text
        text = text.rstrip() if re.match(r"-\s", inner) else text
        trim = bool(re.search(r"\s-$", inner))
        inner = re.sub(r"^-\s|\s-$", "", inner).strip()
        parts += [("text", text), ("action", inner)]
        position = found.end()
    rest = template[position:]
    parts.append(("text", rest.lstrip() if trim else rest))
    if "{{" in "".join(text for kind, text in parts if kind == "text"):
        raise TemplateError("unclosed action")
    return [part for part in reversed(parts) if part[1]]


def _block(parts: list[tuple[str, str]], *, top: bool = False) -> tuple[list[Node], str]:
    """The nodes up to `end` or `else`, and that word with what follows it."""
    nodes: list[Node] = []
    while parts:
        kind, text = parts.pop()
        word = (text.split(None, 1) or [""])[0]
        if kind == "text":
            nodes.append(("text", text))
        elif text.startswith("/*"):
            continue
        elif word in ("end", "else"):
            return nodes, text
        elif word in OPENERS:
            nodes.append(_opened(word, text[len(word) :], parts))
        else:
            nodes.append(("print", _pipe(_tokens(text))))
    if not top:
        raise TemplateError("unexpected EOF")
    return nodes, ""


def _opened(word: str, rest: str, parts: list[tuple[str, str]]) -> Node:
    tokens = _tokens(rest)
    names: list[str] = []
    if ":=" in tokens:
        at = tokens.index(":=")
        names, tokens = [name for name in tokens[:at] if name != ","], tokens[at + 1 :]
    body, end = _block(parts)
    other: list[Node] = []
    if end.startswith("else"):
        again = end[len("else") :].strip()
        if again:
            head, _, tail = again.partition(" ")
            other = [_opened(head, tail, parts)]
        else:
            other, end = _block(parts)
            if end != "end":
                raise TemplateError(f"expected end; found {{{{{end}}}}}")
    return word, names, _pipe(tokens), body, other


def _tokens(text: str) -> list[str]:
    found: list[str] = []
    position = 0
    while text[position:].strip():
        match = TOKEN.match(text, position)
        if not match:
            raise TemplateError(f"unexpected {text[position:].strip()[:20]!r} in an action")
        found.append(match[1])
        position = match.end()
    return found


def _pipe(tokens: list[str]) -> Node:
    """`a b | c d` as nested calls; each command gets the one before as its last argument."""
    commands: list[list[Node]] = [[]]
    queue = list(tokens)
    while queue:
        piece = queue.pop(0)
        if piece == "|":
            commands.append([])
        elif piece == "(":
            commands[-1].append(_pipe(_inner(queue)))
        else:
            commands[-1].append(_value(piece))
    value: Node | None = None
    for command in commands:
        if not command:
            raise TemplateError("missing value for command")
        words = [*command, value] if value is not None else command
        value = ("call", words) if len(words) > 1 or words[0][0] == "name" else words[0]
    return value or ("nil",)


def _inner(queue: list[str]) -> list[str]:
    depth = 1
    found: list[str] = []
    while queue:
        piece = queue.pop(0)
        depth += (piece == "(") - (piece == ")")
        if not depth:
            return found
        found.append(piece)
    raise TemplateError("unclosed left paren")


def _value(piece: str) -> Node:
    if piece[0] == '"':
        return "constant", _unquoted(piece)
    if piece[0] == "`":
        return "constant", piece[1:-1]
    if piece[0] == "$":
        name, *fields = piece.split(".")
        return "variable", name, fields
    if piece[0] == ".":
        return "field", [part for part in piece.split(".") if part]
    if piece.lstrip("-").isdigit():
        return "constant", int(piece)
    if piece in WORDS:
        return "constant", WORDS[piece]
    if piece in FUNCTIONS:
        return "name", piece
    raise TemplateError(f'function "{piece}" not defined')


def _unquoted(piece: str) -> str:
    back = {letter: char for char, letter in ESCAPES.items()}
    return re.sub(r"\\(.)", lambda found: back.get(found[1], found[0]), piece[1:-1])


def _run(nodes: list[Node], dot: Any, names: Names, out: list[str]) -> None:
    for node in nodes:
        if node[0] == "text":
            out.append(node[1])
        elif node[0] == "print":
            out.append(_shown(_evaluated(node[1], dot, names)))
        elif node[0] == "range":
            _repeat(node, dot, names, out)
        else:
            _choose(node, dot, names, out)


def _choose(node: Node, dot: Any, names: Names, out: list[str]) -> None:
    word, given, pipe, body, other = node
    value = _evaluated(pipe, dot, names)
    inner = names | dict.fromkeys(given, value)
    if _is_true(value):
        _run(body, value if word == "with" else dot, inner, out)
    else:
        _run(other, dot, names, out)


def _repeat(node: Node, dot: Any, names: Names, out: list[str]) -> None:
    _, given, pipe, body, other = node
    value = _evaluated(pipe, dot, names)
    if value is None or value is MISSING:
        value = []
    if not isinstance(value, dict | list):
        raise TemplateError(f"range can't iterate over {_shown(value)}")
    pairs = sorted(value.items()) if isinstance(value, dict) else list(enumerate(value))
    for key, item in pairs:
        bound = dict(zip(given, (key, item) if len(given) > 1 else (item,), strict=False))
        _run(body, item, names | bound, out)
    if not pairs:
        _run(other, dot, names, out)


def _evaluated(node: Node, dot: Any, names: Names) -> Any:
    if node[0] == "constant":
        return node[1]
    if node[0] == "field":
        return _looked_up(dot, node[1])
    if node[0] == "variable":
        if node[1] not in names:
            raise TemplateError(f'undefined variable "{node[1]}"')
        return _looked_up(names[node[1]], node[2])
    head, *arguments = node[1]
    if head[0] != "name":
        raise TemplateError("can't give argument to non-function")
    return FUNCTIONS[head[1]](*[_evaluated(each, dot, names) for each in arguments])


def _looked_up(value: Any, fields: list[str]) -> Any:
    for name in fields:
        if value is None or value is MISSING:
            return MISSING
        if not isinstance(value, dict):
            raise TemplateError(f"can't evaluate field {name} in type interface {{}}")
        value = value.get(name, MISSING)
    return value


def _is_true(value: Any) -> bool:
    return value is not MISSING and bool(value)


def _shown(value: Any) -> str:
    if value is None or value is MISSING:
        return "<no value>"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return f"map[{' '.join(f'{key}:{_shown(value[key])}' for key in sorted(value))}]"
    return f"[{' '.join(map(_shown, value))}]" if isinstance(value, list) else str(value)


def quoted(text: str) -> str:
    """The text as Go's %q writes it."""

    def one(char: str) -> str:
        if char in ESCAPES:
            return f"\\{ESCAPES[char]}"
        if char.isprintable():
            return char
        code = ord(char)
        return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}"

    return f'"{"".join(map(one, text))}"'


def _printf(form: str, *values: Any) -> str:
    queue = list(values)

    def one(found: re.Match[str]) -> str:
        verb = found[1]
        if verb == "%":
            return "%"
        if not queue:
            return f"%!{verb}(MISSING)"
        value = queue.pop(0)
        if value is None or value is MISSING:
            return f"%!{verb}(<nil>)" if verb != "v" else "<nil>"
        fits = {"q": str, "s": str, "d": int, "v": object}[verb]
        if not isinstance(value, fits) or (verb == "d" and isinstance(value, bool)):
            return f"%!{verb}({type(value).__name__}={_shown(value)})"
        return quoted(str(value)) if verb == "q" else _shown(value)

    return re.sub(r"%([%qsdv])", one, form)


def _index(value: Any, *keys: Any) -> Any:
    for key in keys:
        if value is None or value is MISSING:
            raise TemplateError("error calling index: index of untyped nil")
        try:
            value = value[key]
        except KeyError:
            return MISSING
        except (IndexError, TypeError) as error:
            raise TemplateError(f"error calling index: {error}") from None
    return value


def _length(value: Any) -> int:
    if not isinstance(value, str | list | dict):
        raise TemplateError("error calling len: len of nil pointer")
    return len(value)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "printf": _printf,
    "print": lambda *values: "".join(map(_shown, values)),
    "println": lambda *values: " ".join(map(_shown, values)) + "\n",
    "index": _index,
    "len": _length,
    "eq": lambda first, *others: any(first == other for other in others),
    "ne": lambda first, second: first != second,
    "not": lambda value: not _is_true(value),
    "and": lambda *values: next((v for v in values if not _is_true(v)), values[-1]),
    "or": lambda *values: next((v for v in values if _is_true(v)), values[-1]),
}
