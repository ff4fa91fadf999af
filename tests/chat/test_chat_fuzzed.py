"""Whatever a document of a chat says, somebody is heard or nobody is; no word of theirs is cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.chat.answers import Asked
from workflows.chat.people import CHATS
from workflows.hooks.received import Event
from workflows.hooks.sources import SOURCES

NAMES = st.sampled_from(
    [
        *("team_id", "user_id", "text", "team", "user", "id", "actions", "value", "channel"),
        *("context", "pressed", "trigger_id", "channel_id", "channelData", "tenant", "from"),
        *("aadObjectId", "conversation", "member", "data", "options", "custom_id", "guild_id"),
    ]
)
LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=6)
DOCUMENTS = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=12,
)
TYPES = st.sampled_from(
    [
        *("slash_command", "block_actions", "button", "message", "app_mention"),
        *("application_command", "message_component", "application_command_autocomplete"),
    ]
)
LONG = "change add-nodes prod workers=" + ",".join(f"worker-{number}" for number in range(150))
TYPED = {
    "slack": ("slash_command", {"text": LONG}),
    "mattermost": ("slash_command", {"text": LONG}),
    "teams": ("message", {"text": LONG}),
    "discord": ("application_command", {"data": {"options": [{"name": "text", "value": LONG}]}}),
}


@pytest.mark.parametrize("kind", sorted(CHATS))
@given(name=TYPES, document=DOCUMENTS)
def test_any_document_is_heard_or_not(kind, name, document):
    heard = SOURCES[kind].heard(Event(name, document))

    assert heard is None or isinstance(heard, Asked)


@pytest.mark.parametrize("kind", sorted(CHATS))
def test_a_long_command_is_heard_whole_since_half_of_it_is_another(kind):
    name, document = TYPED[kind]

    assert len(LONG) > 1000
    assert SOURCES[kind].heard(Event(name, document)).text == LONG
