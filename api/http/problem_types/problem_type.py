"""One sort of problem that the API can answer with."""

from dataclasses import dataclass

from cluster.actions import Action

PAGES = "/problems/"


@dataclass(frozen=True, slots=True)
class ProblemType:
    """One sort of problem: its word, status and title, what it means and what to do next."""

    word: str
    status: int
    title: str
    meaning: str
    advice: str
    actions: tuple[Action, ...] = ()
    """What the advice comes down to where it needs no arguments; a problem may bring others."""

    @property
    def uri(self) -> str:
        return PAGES + self.word
