"""The story: a ticket asks for a node, somebody agrees in a chat, a change fails and goes on."""

import re
from typing import Any

from rich.console import Console

from cli.client import Client
from cli.demo import Demo
from cli.demo_wish import CLUSTER, DemoWish
from cli.lab.status_view import what_is_emulated
from cli.output import counted
from cli.story.chat import Message, why
from cli.story.outcome import NotAsTold, finished, until
from cli.story.rules import ENVIRONMENT, set_up
from cli.story.scene import Scene
from cli.story.senders import Hook
from lab import Lab

LOOPBACK = "127.0.0.0/8"
BY_TICKET, BY_CHAT = "w-1", "w-2"
"""The free host that the ticket asks for, and the one that the chat does."""
FAULT = {"match": "microk8s join", "action": "fail-before", "text": "error: no route to host"}
JOB = re.compile(r"[0-9a-f]{8,32}")


class OpsStory:
    """One run of the story on a demo's hosts; what it started is ended by ``end``."""

    def __init__(self, topology: str, console: Console, *, durations: str) -> None:
        self.console = console
        wish = DemoWish(topology, 0, spare=2, environment=ENVIRONMENT)
        # Only here: the ticket system and the chat are on loopback, where no receiver may be else.
        self.demo = Demo(wish, console, durations=durations, receivers=LOOPBACK)
        self.scene = Scene(console)

    def run(self) -> dict[str, Any]:
        """Play the story. Raises ``NotAsTold`` where it does not come out."""
        client, lab = self.demo.start()
        self.scene.act("1  A cluster is formed")
        if not self.demo.form(client, lab).has_succeeded:
            raise NotAsTold("the cluster was not formed")
        for side in (self.scene.ticket, self.scene.chat):
            side.server.start()
        tickets, chat = set_up(client, self.scene)
        self._by_ticket(client, tickets, chat)
        job = self._by_chat(client, lab, chat)
        self._ending(client, lab)
        return job

    def end(self) -> None:
        """End both sides, the stack and the lab, and remove the files."""
        try:
            self.demo.end()
        finally:
            for side in (self.scene.ticket, self.scene.chat):
                side.server.stop()

    def _by_ticket(self, client: Client, tickets: Hook, chat: Hook) -> None:
        self.scene.act("2  A ticket asks for a node, and somebody agrees in the chat")
        ticket = self.scene.ticket
        with self.scene.live():
            answer = ticket.approve(tickets, {"cluster": CLUSTER, "hosts": BY_TICKET})
            job = str(answer["events"][0]["job"])
            self.scene.tell("cluster", f"202 Accepted: job {job[:8]}, which waits for approval")
            message = self._message(job, "approve")
            self.scene.pause()
            self.scene.chat.press(chat, "bob", message, "approve")
            finished(client, job, "succeeded")
            until(lambda: ticket.state == "Done" and ticket.evidence, "the ticket to be done")
            self._message(job, title="succeeded")
        if not str(ticket.evidence.get("digest", "")).startswith("sha256:"):
            raise NotAsTold("the evidence of the ticket has no digest")

    def _by_chat(self, client: Client, lab: Lab, chat: Hook) -> dict[str, Any]:
        self.scene.act("3  A change fails, and goes on once what was wrong is mended")
        lab.add_fault(BY_CHAT, FAULT)
        self.scene.tell("cluster", f"trouble is made: on {BY_CHAT}, {FAULT['match']!r} will fail")
        with self.scene.live():
            said = self.scene.chat.type(chat, "jane", f"add worker {BY_CHAT} to {CLUSTER}")
            found = JOB.search(said)
            if found is None:
                raise NotAsTold(f"the chat was answered {said!r}")
            job = str(client.job(found[0])["id"])
            finished(client, job, "failed")
            message = self._message(job, "retry", title="failed")
            self.scene.tell("chat", "\n".join(["why, and what next:", *why(message)]))
            self.scene.pause()
            lab.clear_fault(BY_CHAT)
            self.scene.tell("cluster", f"the trouble on {BY_CHAT} is over")
            self.scene.chat.press(chat, "jane", message, "retry")
            ended = finished(client, job, "succeeded")
            self._message(job, title="succeeded")
        return ended

    def _message(self, job: str, button: str = "", title: str = "") -> Message:
        """Wait for the message of a job to have a button, or a word in its title; return it.

        Raises ``NotAsTold`` also where there is a second one.
        """

        def shown() -> Message | None:
            found = self.scene.chat.of_job(job)
            if len(found) > 1:
                raise NotAsTold(f"the chat has {len(found)} messages of job {job[:8]}")
            is_so = found and title in found[0].title and (not button or button in found[0].buttons)
            return found[0] if is_so else None

        return until(shown, f"the chat to show job {job[:8]} {title or 'with its button'}")

    def _ending(self, client: Client, lab: Lab) -> None:
        cluster = client.get(f"/v1/clusters/{CLUSTER}")
        if sorted(cluster["workers"]) != [BY_TICKET, BY_CHAT]:
            raise NotAsTold(f"the workers of the cluster are {cluster['workers']}")
        self.scene.act("The end")
        self.console.print(client.text(f"/v1/clusters/{CLUSTER}/topology.txt"), soft_wrap=True)
        chat, ticket = self.scene.chat, self.scene.ticket
        edits = sum(message.edits for message in chat.messages.values())
        told = [
            f"the ticket is {ticket.state}, with {counted(len(ticket.comments), 'comment')}",
            f"the chat has {counted(len(chat.messages), 'message')}, edited {edits} times",
        ]
        self.console.print("; ".join(told), soft_wrap=True)
        self.console.print(what_is_emulated(lab))
