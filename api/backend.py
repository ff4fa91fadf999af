"""What the routes work with: the ledger, the inventory and the hub of one process."""

from dataclasses import dataclass

import redis
from flask import Flask, current_app

from api.hub import Hub
from api.job_answers import JobAnswers
from api.page.sessions import Sessions
from api.tokens import Tokens
from workflows.connection import connect
from workflows.inventory import Inventory
from workflows.ledger import Ledger
from workflows.settings import Settings

EXTENSION = "clusterwright"


@dataclass(frozen=True, slots=True)
class Backend:
    """One process's way to everything that is stored; connects when it is first used."""

    settings: Settings
    redis: redis.Redis
    ledger: Ledger
    inventory: Inventory
    hub: Hub
    job_answers: JobAnswers
    tokens: Tokens
    sessions: Sessions

    @classmethod
    def of(cls, settings: Settings) -> "Backend":
        client = connect(settings)
        ledger = Ledger(client)
        return cls(
            settings=settings,
            redis=client,
            ledger=ledger,
            inventory=Inventory(client),
            hub=Hub(ledger),
            job_answers=JobAnswers(ledger),
            tokens=Tokens(client),
            sessions=Sessions(client),
        )

    def close(self) -> None:
        self.hub.close()
        self.redis.close()


def attach(app: Flask, settings: Settings) -> None:
    """Give ``app`` its backend."""
    app.extensions[EXTENSION] = Backend.of(settings)


def backend() -> Backend:
    """Return the backend of the application that answers this request."""
    found: Backend = current_app.extensions[EXTENSION]
    return found
