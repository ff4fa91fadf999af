"""What the pages of chats say of the message of a job: how it is set up, and what is told."""

import pytest
from integration_pages import Page
from pages import ROOT, code_blocks, read, rows, section

from workflows.deliveries import follower_files
from workflows.notifiers import discord, few_posts, mattermost, slack, teams
from workflows.notifiers.known import NOTIFIERS

CHATS = {"slack": slack, "mattermost": mattermost, "discord": discord, "teams": teams}
EDITED = ("slack", "mattermost", "discord")
UNANSWERED = ("slack", "mattermost")
"""Those that can be told by the address which comes with a request."""
EVERY_CHAT = pytest.mark.parametrize("kind", CHATS)


def back(kind):
    return section(Page(kind).text, "## What comes back")


@EVERY_CHAT
def test_the_commands_of_a_page_add_a_subscription_of_its_chat(kind, stand):
    page = Page(kind)
    stand.prepare(page)
    (block,) = code_blocks(back(kind), "bash")
    asked, _, rest = block.partition("\n")
    assert asked in {"read -rs BOT_TOKEN", "read -rs WORKFLOW"}
    entered = "https://hooks.example.org/a-secret" if kind == "teams" else "xoxb-a-secret"
    token = stand.http.headers["Authorization"].removeprefix("Bearer ")
    lines = (f"source {ROOT}/scripts/env", f"{asked.split()[-1]}={entered}", rest)

    done = stand.pasted("\n".join(lines), CLUSTERWRIGHT_TOKEN=token, HOME=str(stand.folder))

    assert done.returncode == 0, done.stderr
    assert "a-secret" not in done.stdout + done.stderr
    (made,) = stand.http.get("/v1/subscriptions").json()["subscriptions"]
    assert (made["notifier"], made["events"]) == (kind, list(NOTIFIERS[kind].events))
    assert f"subscriptions test {made['name']}" in back(kind)
    if kind in EDITED:
        documented = [row[0].strip("`") for row in rows(back(kind))]
        assert documented == list(made["settings"]) == ["source", "channel"]
        assert made["settings"]["source"] == page.source[0]
        assert (
            CHATS[kind]
            .__dict__.get("CHANNELS", discord.NAMES)
            .fullmatch(made["settings"]["channel"])
        )


def test_how_often_a_chat_is_written_to_and_how_long_its_messages_are_is_as_the_pages_say():
    assert "every 1.5 seconds at most" in back("slack")
    assert slack.PACE_SECONDS == 1.5
    for kind in ("mattermost", "discord"):
        assert "every second at most" in back(kind)
        assert CHATS[kind].PACE_SECONDS == 1.0
    assert "A message has 2000 signs" in back("discord")
    assert discord.ROOM == 2000


def test_the_events_of_chats_are_as_the_page_says():
    page = read("docs/how-to/chat.md")

    assert "told of `job.*` and `step.*` unless" in page
    assert all(NOTIFIERS[kind].events == ("job.*", "step.*") for kind in EDITED)
    shown_as_they_are = [kind for kind, found in NOTIFIERS.items() if found.merges]
    assert shown_as_they_are == sorted([*EDITED, *(f"{kind}-replies" for kind in UNANSWERED)])


@pytest.mark.parametrize("kind", UNANSWERED)
def test_the_commands_of_a_page_have_a_chat_told_without_a_bot(kind, stand):
    page = Page(kind)
    stand.prepare(page)
    (block,) = code_blocks(section(page.text, "## Without a bot's token"), "bash")
    token = stand.http.headers["Authorization"].removeprefix("Bearer ")

    done = stand.pasted(
        f"source {ROOT}/scripts/env\n{block}", CLUSTERWRIGHT_TOKEN=token, HOME=str(stand.folder)
    )

    assert done.returncode == 0, done.stderr
    (made,) = stand.http.get("/v1/subscriptions").json()["subscriptions"]
    assert (made["notifier"], made["settings"]) == (f"{kind}-replies", {"source": page.source[0]})


def test_how_often_and_how_long_a_chat_without_a_bot_is_told_is_as_the_page_says():
    page = section(Page("slack").text, "## Without a bot's token")

    assert "Slack takes five messages there, for half an hour" in page
    assert (few_posts.MOST_POSTS, follower_files.GOOD_SECONDS) == (5, 30 * 60)
    assert "after 25 minutes one says" in page
    assert few_posts.LATE_SECONDS == 25 * 60
    assert f"`receivers/{follower_files.FOLLOWERS}/JOB`" in page
