"""What one run of the benchmarks is asked for."""

from dataclasses import dataclass

HOSTS = (3, 10, 30)
ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Setting:
    """How often and how large everything is measured."""

    rounds: int = ROUNDS
    hosts: tuple[int, ...] = HOSTS
    quick: bool = False
    """Every row shall end soon: one round is enough, and numbers only have to look alive."""

    @classmethod
    def fast(cls) -> "Setting":
        """Return the setting that ends within minutes."""
        return cls(rounds=1, hosts=HOSTS[:1], quick=True)
