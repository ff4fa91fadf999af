"""What the emulator's commands need of `typing`, in a fifth of the time that its import takes.

A command lives for some milliseconds and the suite starts thousands: about half of each went into
`typing` and `json`, which import `re` and `enum`. Annotations are checked by mypy against the
real module; here they only have to be names. What is lacking comes from the real one.
"""

import sys
from collections import namedtuple

TYPE_CHECKING = False
SET_ALREADY = ("__module__", "__qualname__", "__doc__")


class Any:
    """Stands in annotations."""


class NoReturn:
    """Stands in annotations."""


class Protocol:
    """A base that asks for nothing."""


class _MadeFromFields(type):
    """Makes a named tuple of a class body, as `typing.NamedTuple` does."""

    def __new__(cls, name, _bases, body):  # type: ignore[no-untyped-def]  # `Any` is no type here
        fields = body["__annotations__"]
        defaults = [body[field] for field in fields if field in body]
        made = namedtuple(name, fields, defaults=defaults, module=body["__module__"])  # type: ignore[misc]  # the fields are known when it runs
        made.__doc__ = body.get("__doc__")
        for key, value in body.items():
            if key not in fields and key not in SET_ALREADY:
                setattr(made, key, value)
        return made


NamedTuple = type.__new__(_MadeFromFields, "NamedTuple", (), {})


def __getattr__(name: str) -> object:
    """Take the rest from the real module, which replaces this one."""
    if name.startswith("__"):
        raise AttributeError(name)
    from importlib.machinery import PathFinder
    from importlib.util import module_from_spec

    elsewhere = [folder for folder in sys.path if not __file__.startswith(f"{folder}/typing")]
    spec = PathFinder.find_spec("typing", elsewhere)
    real = module_from_spec(spec)  # type: ignore[arg-type]  # the standard library has it
    sys.modules["typing"] = real
    spec.loader.exec_module(real)  # type: ignore[union-attr]  # as above
    return getattr(real, name)
