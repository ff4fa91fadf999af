"""A rule of the script broken on purpose, and the worlds that more than one topic looks at."""

from dataclasses import dataclass

from model_moves import Scope
from model_scopes import A2, DESTROY, budget


@dataclass(frozen=True)
class Mutation:
    """``old`` in the script becomes ``new``; then ``noticed`` does not hold in the world."""

    rule: str
    old: str
    new: str
    noticed: str
    scope: Scope


ONE = Scope((A2,), 1, posts=1, left=budget(2, 1, 1))
LEADING = Scope(
    (DESTROY,),
    1,
    1,
    formed={"a": ["h1", "h2"]},
    left=budget(2, 0, 0),
    verbs=("cancel", "retry"),
    leads=("h1", "h2"),
)
