"""Signed requests that are published, or whose signatures were reckoned by other means."""

import pytest

AT = 1_700_000_000
SLACK_BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow"
    b"&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner"
    b"&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands"
    b"%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
    b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)
SIGNED_BODY = "646e8f365a73e44d33f049f562b833afff6a9670698fdd65f790fb0e0ca69755"
"""HMAC-SHA256 of ``{"ping":true}`` under ``s3cr3t``."""
OWN = (b"s3cr3t", b'{"ping":true}', AT)
OURS = {
    "slack": {
        "X-Slack-Request-Timestamp": "1700000000",
        "X-Slack-Signature": (
            "v0=2e517d84e9f7368b49c8b1c06c8fe4fb0a9d2d0d3c7b0b9b6883a0a28b742496"
        ),
    },
    "github": {"X-Hub-Signature-256": f"sha256={SIGNED_BODY}"},
    "jira": {"X-Hub-Signature": f"sha256={SIGNED_BODY}"},
    "generic": {"X-Signature": f"sha256={SIGNED_BODY}"},
    "gitea": {"X-Gitea-Signature": SIGNED_BODY},
    "pagerduty": {"X-PagerDuty-Signature": f"v1={SIGNED_BODY}"},
    "zammad": {"X-Hub-Signature": "sha1=20a681b487359d4a4b910ad02cd994f93e2799dc"},
    "glpi": {
        "X-GLPI-timestamp": "1700000000",
        "X-GLPI-signature": "2226a48913a11bd2acb55185fc8f5f841ceaa61a08181c9de1df2adb7c808226",
    },
    "zendesk": {
        "X-Zendesk-Webhook-Signature-Timestamp": "1700000000",
        "X-Zendesk-Webhook-Signature": "19AuVZfzH5MNqy/2TvzzhivRjq3BMJy3uVUAzY7m4sc=",
    },
    "grafana": {
        "X-Grafana-Alerting-Timestamp": "1700000000",
        "X-Grafana-Alerting-Signature": (
            "f24ecfb530b3e8ede37c0b165662caa673f62a3558a20cc50d5438f99f846652"
        ),
    },
}
STANDARD = {"webhook-id": "msg_1", "webhook-timestamp": "1700000000"} | {
    "webhook-signature": "v1,+XPrzjKK7VarxYzTbIiYWxEZG2w/EXi0GBiXONjKYaY="
}
STANDARD_SECRET = b"whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"
VECTORS = [
    *(pytest.param(name, *OWN, headers, id=f"{name}, ours") for name, headers in OURS.items()),
    *(
        pytest.param(name, STANDARD_SECRET, *OWN[1:], STANDARD, id=f"{name} as Standard Webhooks")
        for name in ("standard-webhooks", "gitlab", "cloudevents")
    ),
    pytest.param("gitea", *OWN, {"X-Forgejo-Signature": SIGNED_BODY}, id="forgejo, ours"),
    pytest.param(
        "grafana", *OWN, {"X-Grafana-Alerting-Signature": SIGNED_BODY}, id="grafana, no timestamp"
    ),
    pytest.param(
        "teams",
        b"vqF0En+Z0ucuRTM/01o2GuhMH3hKKk/N2bOmlM31zaA=",
        *OWN[1:],
        {"Authorization": "HMAC w0LiIkJOKNg7i9a1u1VxhxzvJ+dn/LfJIG2vuta7sp0="},
        id="teams, ours",
    ),
    pytest.param(
        "slack",
        b"8f742231b10e8888abcd99yyyzzz85a5",
        SLACK_BODY,
        1_531_420_618,
        {
            "X-Slack-Request-Timestamp": "1531420618",
            "X-Slack-Signature": (
                "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
            ),
        },
        id="slack, published",
    ),
    pytest.param(
        "github",
        b"It's a Secret to Everybody",
        b"Hello, World!",
        AT,
        {
            "X-Hub-Signature-256": (
                "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
            )
        },
        id="github, published",
    ),
    pytest.param(
        "jira",
        b"It's a Secret to Everybody",
        b"Hello World!",
        AT,
        {
            "X-Hub-Signature": (
                "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"
            )
        },
        id="jira, published",
    ),
    pytest.param(
        "standard-webhooks",
        b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        b'{"test": 2432232314}',
        1_614_265_330,
        {
            "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "webhook-timestamp": "1614265330",
            "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        },
        id="standard webhooks, published",
    ),
]
