"""How a client gets its methods: one for each operation, each told in one line."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, Generic, ParamSpec, TypeVar

from clusterwright.calls import Call

P = ParamSpec("P")
T = TypeVar("T")


class sends(Generic[P, T]):  # noqa: N801  # it reads as the verb that it is
    """A method that sends what ``build`` makes of its arguments."""

    def __init__(self, build: Callable[P, Call[T]]) -> None:
        self.build = build

    def __get__(self, client: Any, owner: type | None = None) -> Callable[P, T]:
        @wraps(self.build)
        def method(*args: P.args, **kwargs: P.kwargs) -> T:
            sent: T = client.send(self.build(*args, **kwargs))
            return sent

        return method


class awaits(Generic[P, T]):  # noqa: N801  # it reads as the verb that it is
    """The same for a client that is awaited."""

    def __init__(self, build: Callable[P, Call[T]]) -> None:
        self.build = build

    def __get__(self, client: Any, owner: type | None = None) -> Callable[P, Awaitable[T]]:
        @wraps(self.build)
        def method(*args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
            sent: Awaitable[T] = client.send(self.build(*args, **kwargs))
            return sent

        return method
