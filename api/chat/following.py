"""Keeping by which address whoever has asked for a job in a chat hears how it goes on."""

from contextlib import suppress

from api.backend import backend
from workflows.chat.answers import Said
from workflows.hooks.received import Event
from workflows.hooks.rules.rule_set import Sender
from workflows.hooks.sources import SOURCES
from workflows.job_documents import job_document
from workflows.ledger.refusals import JobNotFound
from workflows.notifiers.few_posts import moment_of
from workflows.notifiers.known import NOTIFIERS
from workflows.notifiers.notifier import Following


def follow(sender: Sender, event: Event, said: Said, at: float) -> None:
    """Keep the address that came with a request, where somebody is told by such addresses.

    It is a secret for as long as it is good; where nobody would use it, it is not kept.
    """
    if not event.reply_to or not said.job or not _is_told(sender.name):
        return
    hear = SOURCES[sender.kind].heard
    asked = hear(event) if hear else None
    is_press = asked is not None and asked.pressed is not None
    with suppress(JobNotFound):
        job = backend().ledger.job(said.job)
        following = Following(
            event.reply_to,
            at,
            sender.name,
            asked.channel if asked else "",
            # A chat does not show what a press is answered with.
            said="" if is_press else moment_of(job_document(job)),
            for_all=said.for_all,
            replaces=is_press,
        )
        backend().follower_files.keep(said.job, following)


def _is_told(source: str) -> bool:
    return any(
        NOTIFIERS[each.notifier].follows and each.settings.get("source") == source
        for each in backend().deliveries.all()
        if each.notifier in NOTIFIERS
    )
