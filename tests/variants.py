"""Variants of scenarios that take long: ``make test`` has the first, ``make test-all`` each."""

from collections.abc import Iterable
from typing import Any

import pytest


def first_of(cases: Iterable[Any], quick: int = 1) -> list[Any]:
    """Return parameters for ``parametrize``, all but the first few of them slow."""
    return [
        case
        if place < quick
        else pytest.param(*(case if isinstance(case, tuple) else [case]), marks=pytest.mark.slow)
        for place, case in enumerate(cases)
    ]
