"""Writes docs/integrations/README.md: its table from the kinds of senders that there are.

Run ``.venv/bin/python scripts/integrations_page.py`` after a change of them; a test compares the
two, and holds what is said here of signatures and windows to what the kinds do.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from workflows.access import KEY_SECONDS
from workflows.hooks.source import Source
from workflows.hooks.sources import SOURCES

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "integrations"
PAGE = FOLDER / "README.md"
DIGEST_AND_TIME = "a digest of the body and its timestamp"
ALERT = "fingerprint, beginning and status of each alert"


@dataclass(frozen=True, slots=True)
class Told:
    """What the table says of a kind of sender that its code has no words for."""

    signs: str
    named_by: str
    """What names an event, however often it is sent."""
    window: float | None = None
    """Seconds for which a signature is good; ``None`` where no time is signed."""


TOLD = {
    "alertmanager": Told("shows a token, or a password", ALERT),
    "cloudevents": Told(
        "shows a token; or HMAC-SHA256 in `webhook-signature`", "`source` and `id` of the event"
    ),
    "discord": Told("Ed25519 in `X-Signature-Ed25519`", "`id` of the interaction", 300),
    "generic": Told("HMAC-SHA256 in `X-Signature`; or shows a token", "`Idempotency-Key`"),
    "gitea": Told(
        "HMAC-SHA256 in `X-Gitea-Signature` or `X-Forgejo-Signature`",
        "`X-Gitea-Delivery` or `X-Forgejo-Delivery`",
    ),
    "github": Told("HMAC-SHA256 in `X-Hub-Signature-256`", "`X-GitHub-Delivery`"),
    "gitlab": Told(
        "shows a token in `X-Gitlab-Token`; or HMAC-SHA256 in `webhook-signature`",
        "`Idempotency-Key`, else `X-Gitlab-Event-UUID` with a digest of the body",
    ),
    "glpi": Told("HMAC-SHA256 in `X-GLPI-signature`", DIGEST_AND_TIME, 86400),
    "grafana": Told(
        "HMAC-SHA256 in `X-Grafana-Alerting-Signature`; or shows a token, or a password",
        ALERT,
        300,
    ),
    "jira": Told(
        "HMAC-SHA256 in `X-Hub-Signature`; or shows a token, in `X-Api-Key` too",
        "`X-Atlassian-Webhook-Identifier`, else `Idempotency-Key`",
    ),
    "mattermost": Told(
        "shows a token; buttons bring back what was signed here",
        "`trigger_id` of the command, `nonce` of the button",
    ),
    "pagerduty": Told("HMAC-SHA256 in `X-PagerDuty-Signature`", "`id` of the event"),
    "servicenow": Told("shows a token", "`Idempotency-Key`"),
    "slack": Told("HMAC-SHA256 in `X-Slack-Signature`", "`trigger_id`, or `event_id`", 300),
    "standard-webhooks": Told("HMAC-SHA256 in `webhook-signature`", "`webhook-id`", 300),
    "teams": Told("HMAC-SHA256 in `Authorization`", "`id` of the message"),
    "zammad": Told("HMAC-SHA1 in `X-Hub-Signature`", "`X-Zammad-Delivery`"),
    "zendesk": Told("HMAC-SHA256 in `X-Zendesk-Webhook-Signature`", DIGEST_AND_TIME, 300),
}
"""By the kind's name; where what names an event is missing, it is a digest of the body."""

RECIPES = {
    "shell": "a loop that asks for a change and waits for the end of its job",
    "github-action": "a step of a GitHub Action",
    "gitlab-job": "a job of GitLab's CI",
    "ansible": "tasks with `ansible.builtin.uri`",
    "terraform": "reading clusters and plans with the provider `http`",
}


def render() -> str:
    """Return the whole page."""
    return f"""# Integrations

Others tell of events, and rules make changes of them: a ticket was approved, an alert fires, a \
machine is ready.
Or a pipeline asks for a change itself, with a token.
This page is written by `scripts/integrations_page.py`.

## A hook in three steps

1. **A source in the rule file.** It gives the sender a name, says of which kind it is, and what \
it may ask for; rules say which event leads to which change. Each page below has an example, and \
[rules](../how-to/rules.md) tells of every field. `clusterwright rules check` finds faults, \
`clusterwright rules apply` puts the file in force.
2. **A secret.** `clusterwright hooks add-secret NAME` makes one, shows it once, and shows the \
address that the sender has to post to; it is entered there. A secret that the sender makes is \
entered here, with `--from`. While one replaces another both are good, until \
`clusterwright hooks retire-secrets NAME`.
3. **A test.** What the sender would send is posted to the address and `/test`, with an API token \
and without a signature: the answer says, rule by rule, what it would lead to, what planning the \
change finds, and whether the source may ask for it. Nothing happens.

`make demo ARGS="--story ops"` shows all of it at work, with a ticket system and a chat that are \
played by servers on loopback: what comes in, what comes back, and a change that fails and goes on.

```bash
source scripts/env
curl -sS "$api/hooks/repo/test" -H "$auth" -H 'Content-Type: application/json' \\
  -H 'X-GitHub-Event: release' --data-binary @event.json
```

The requests of the pages are signed as the sender signs. They are sent to `$CLUSTERWRIGHT_URL`, \
with the secret in the variable `SECRET`; `read -rs` keeps it out of the shell's history:

```bash
CLUSTERWRIGHT_URL=http://127.0.0.1:8460
read -rs SECRET
```

No secret stands on a command line of curl's. `openssl` is given the key of an HMAC on its own: \
while it runs, who can list the processes of that machine can read it. So try hooks where nobody \
else works, or with a secret that is retired afterwards.

## What is answered

| status | when |
| --- | --- |
| `202` | an event led to a job: `Location` names the first, `events` each event with its job; \
sent again, the answer is the same |
| `200` | no event led to a job, and each says why in `because`; or the sender only asked whether \
somebody is there; or it is a chat, whose people are told in a message what has become of it |
| `400` | the signature is right, and what is signed cannot be read; sent again, it is no better; \
the log of the API says why, too |
| `401` | the signature or the secret is missing, wrong or too old; the log of the API says which |
| `404` | no source of that name stands in the rule file |
| `413` | the body is too large |
| `429` | the sender sends more often than `CLUSTERWRIGHT_LIMITS` has for `hook`, or an address \
has sent too much that nobody can be known by: send it again after `Retry-After` |
| `503` | Redis does not answer: send it again |

## What is counted

`clusterwright_hook_events_total` at `/metrics`, by `sender` and `outcome`: `job`, `ignored`, \
`refused`, `chat`, `unreadable`, `unsigned`, `unknown`; see [operations](../operations.md).

## Who can send

{_table()}

A token or a password is shown as it is, and can be overheard: use HTTPS.
For {KEY_SECONDS / 3600:.0f} hours after an event led to a job, the same name leads to that job; \
of an alert that fires on, for as long after it was last sent. Where no time is signed, who has \
overheard a request could send it again later than that, and where its name is a header that is \
not signed, at once: the [threat model](../threat-model.md) tells what bounds that.
Grafana signs a time only where a header is named for that; a `webhook-signature` is good for \
5 min, whoever sends it.
Where an event has no name of its own, a digest of the body is its name.

## Who asks by itself

With an API token, and no hook. Make one that may do no more than it has to, as \
[tokens](../how-to/tokens.md) tells; for the recipes this one does:

```bash
source scripts/env
umask 077
clusterwright tokens create pipeline --role operator --clusters prod --days 90 > pipeline.token
```

{_recipes()}
"""


def _table() -> str:
    return "\n".join(
        [
            "| sender | `kind` | how it signs | good for | an event is named by "
            "| secret made | waits |",
            "| --- | --- | --- | --- | --- | --- | --- |",
            *map(_row, sorted(SOURCES.values(), key=lambda source: source.title.lower())),
        ]
    )


def _row(source: Source) -> str:
    told = TOLD[source.name]
    cells = [
        f"[{source.title}]({source.name}.md)",
        f"`{source.name}`",
        told.signs,
        _time(told.window),
        told.named_by,
        "here" if source.makes_secrets else "there",
        f"{source.answer_seconds:.0f} s",
    ]
    return f"| {' | '.join(cells)} |"


def _time(seconds: float | None) -> str:
    if seconds is None:
        return "any time"
    return f"{seconds / 3600:.0f} h" if seconds >= 3600 else f"{seconds / 60:.0f} min"


def _recipes() -> str:
    def lines() -> Iterator[str]:
        for name, what in RECIPES.items():
            yield f"* [{name}]({name}.md): {what}"

    return "\n".join(lines())


if __name__ == "__main__":
    PAGE.write_text(render())
