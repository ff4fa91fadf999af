"""Whatever is typed in a chat is answered, by a server on a real ledger."""

import hypothesis
from chatting import BOB, EVE, JANE, NOBODY, newest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

PIECES = st.sampled_from(
    [
        *("status", "jobs", "add", "remove", "plan", "change", "watch", "approve", "help", "why"),
        *("worker", "control-plane", "n1", "n2", "n9", "prod", "nowhere", "to", "from", "because"),
        *("verify", "upgrade", "1.33/stable", "JOB", "node=n1", "force=yes", '"', "<!here>", "\0"),
    ]
)
LINES = st.lists(PIECES, max_size=7).map(" ".join) | st.text(max_size=40)


def test_whatever_is_typed_is_answered_and_is_no_defect(open_chat, ledger):
    chat = open_chat("slack")
    job = newest(ledger).id[:8]

    @hypothesis.settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    @given(text=LINES, by=st.sampled_from([JANE, BOB, EVE, NOBODY]))
    def every_line(text, by):
        response = chat.send(chat.typed(text.replace("JOB", job), by))

        assert response.status_code == 200, response.text
        assert response.json()["text"]
        assert "a defect" not in response.text

    every_line()
