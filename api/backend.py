"""What the routes work with: the ledger, the inventory and the hub of one process."""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import redis
from flask import Flask, current_app

from api.access.revoked import RevokedFile
from api.access.token_store import TokenStore
from api.access.tokens import Tokens
from api.http.allowances import Allowances
from api.hub import Hub
from api.job_answers import JobAnswers
from api.local_token import restore
from api.page.sessions import Sessions
from api.times_left import TimesLeft
from workflows.access import Principal
from workflows.approvers import ISSUER, make_known
from workflows.audit.bounds import Bounds
from workflows.audit.log import AuditLog
from workflows.deliveries.follower_files import FollowerFiles
from workflows.deliveries.receiver_files import ReceiverFiles
from workflows.deliveries.store import Deliveries
from workflows.hooks.rules.store import RuleStore
from workflows.hooks.sources import SOURCES
from workflows.inventory import Inventory
from workflows.inventory_names import InventoryNames
from workflows.ledger.ledger import Ledger
from workflows.process.connection import connect
from workflows.process.settings import Settings
from workflows.reach import Reach
from workflows.schedules.store import ScheduleStore
from workflows.windows.store import CalendarStore

if TYPE_CHECKING:
    from api.oidc.code_flow import CodeFlow
    from api.oidc.people import People

EXTENSION = "clusterwright"
ANSWER_SECONDS = 2.0
"""What a request waits for Redis, twice: for a connection and for an answer. A frozen Redis is
told within 5 s; whoever follows events has time limits of its own."""
READY_SECONDS = 2.0
"""Within which readiness is told, by one connection and one answer."""


@dataclass(frozen=True, slots=True)
class Backend:
    """One process's way to everything that is stored; connects when it is first used."""

    settings: Settings
    redis: redis.Redis
    ledger: Ledger
    impatient: Ledger
    """The same ledger for whoever has to know soon whether it can be reached at all."""
    inventory: Inventory
    names: InventoryNames
    hub: Hub
    job_answers: JobAnswers
    times_left: TimesLeft
    rules: RuleStore
    calendar: CalendarStore
    schedules: ScheduleStore
    tokens: Tokens
    token_store: TokenStore
    sessions: Sessions
    allowances: Allowances
    """How often those who are known may ask still, over all processes."""
    unknown: Allowances
    """The same of addresses, in this process alone: strangers give Redis no work."""
    people: "People | None"
    """Whom an issuer of identities knows; ``None`` where none is named."""
    code_flow: "CodeFlow | None"
    """How they sign in on the page; ``None`` where nobody does so."""
    audit: AuditLog
    deliveries: Deliveries
    receiver_files: ReceiverFiles
    follower_files: FollowerFiles

    @classmethod
    def of(cls, settings: Settings) -> "Backend":
        client = connect(settings, answer_within=ANSWER_SECONDS)
        ledger = Ledger(client)
        times_left = TimesLeft(client)
        revoked = RevokedFile(settings.data_dir)
        people, code_flow = _of_issuer(settings, client)
        return cls(
            settings=settings,
            redis=client,
            ledger=ledger,
            inventory=Inventory(client, Reach.of(settings)),
            names=InventoryNames(client),
            impatient=Ledger(connect(settings, answer_within=READY_SECONDS / 2)),
            hub=Hub(Ledger(connect(settings))),
            job_answers=JobAnswers(ledger, times_left),
            times_left=times_left,
            rules=RuleStore(client, SOURCES),
            calendar=CalendarStore(client),
            schedules=ScheduleStore(client),
            tokens=Tokens(
                client,
                restore=partial(restore, client, settings.data_dir),
                is_revoked=revoked.has,
            ),
            token_store=TokenStore(client, revoked),
            sessions=Sessions(client),
            allowances=Allowances(client),
            unknown=Allowances(None),
            people=people,
            code_flow=code_flow,
            audit=AuditLog(
                client,
                settings.data_dir,
                bounds=Bounds(settings.audit_records, settings.audit_days),
            ),
            deliveries=Deliveries(client, ledger.functions),
            receiver_files=ReceiverFiles(settings.data_dir),
            follower_files=FollowerFiles(settings.data_dir),
        )

    def make_approvers_known(self) -> None:
        """Say in Redis who may approve without a token of ours, for whoever counts them."""
        self.rules.make_people_known()
        rows = self.people.settings.roles.rows if self.people else ()
        groups = (Principal(f"oidc-group:{row.group}", grants=row.grants) for row in rows)
        make_known(self.redis, ISSUER, groups)

    def close(self) -> None:
        self.hub.close()
        for ledger in (self.ledger, self.impatient, self.hub.ledger):
            ledger.redis.close()


def _of_issuer(settings: Settings, client: redis.Redis) -> "tuple[People | None, CodeFlow | None]":
    """Return what knows an issuer's people; what asks one is imported where one is named."""
    if not settings.oidc:
        return None, None
    from api.oidc.code_flow import CodeFlow
    from api.oidc.people import People

    people = People(settings.oidc)
    return people, CodeFlow(people, client) if settings.oidc.client_id else None


def attach(app: Flask, settings: Settings) -> None:
    """Give ``app`` its backend."""
    app.extensions[EXTENSION] = Backend.of(settings)


def backend() -> Backend:
    """Return the backend of the application that answers this request."""
    found: Backend = current_app.extensions[EXTENSION]
    return found
