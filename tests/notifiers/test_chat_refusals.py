"""A chat that is busy is told later; one that refuses for good says what a person has to do."""

import pytest
from chat_jobs import here, job, tell
from chat_server import TOKEN, Refused, served
from chat_services import CHATS, EDITED

EVERY_CHAT = pytest.mark.parametrize("kind", CHATS)
EVERY_EDITED = pytest.mark.parametrize("kind", EDITED)


@pytest.fixture
def service(kind):
    with served(CHATS[kind]()) as found:
        yield found


@EVERY_CHAT
def test_a_limit_of_the_chat_puts_news_off_for_as_long_as_it_says(kind, service):
    service.limits.append(service.limit())

    told = tell(kind, service, here(service), "job.accepted")

    assert (told.is_done, told.is_final) == (False, False)
    assert told.retry_after == {"teams": 60.0}.get(kind, 30.0)
    assert tell(kind, service, here(service), "job.accepted").is_done


@EVERY_CHAT
def test_a_chat_in_trouble_is_told_later(kind, service):
    service.limits.append(Refused(503, "busy"))

    told = tell(kind, service, here(service), "job.accepted")

    assert (told.is_done, told.is_final) == (False, False)
    assert "cannot" in told.because


@EVERY_EDITED
def test_a_token_that_is_not_good_ends_it_with_advice_and_is_not_quoted(kind, service):
    told = tell(kind, service, here(service), secrets=[b"another-token"])

    assert (told.is_done, told.is_final) == (False, True)
    assert "enter another" in told.because
    assert "another-token" not in told.because


@EVERY_EDITED
def test_while_a_token_is_replaced_either_is_good(kind, service):
    assert tell(kind, service, here(service), secrets=[b"not-yet", TOKEN.encode()]).is_done
    assert service.posts == 1


@EVERY_EDITED
def test_a_channel_that_is_not_there_ends_it_with_advice(kind, service):
    elsewhere = {"slack": "C9", "mattermost": "c9", "discord": "9"}[kind]

    told = tell(kind, service, job(reference=None), settings={"channel": elsewhere})

    assert (told.is_done, told.is_final) == (False, True)
    assert "channel" in told.because


@EVERY_CHAT
def test_where_nobody_answers_it_is_told_later(kind, service):
    service.url = "http://127.0.0.1:1"

    told = tell(kind, service, here(service), "job.accepted")

    assert (told.is_done, told.is_final) == (False, False)
    assert "tried again later" in told.because


@pytest.mark.parametrize("kind", ["discord"])
def test_a_message_whose_answer_was_lost_is_not_posted_twice_to_discord(kind, service):
    service.loses_answers_of = "POST"
    assert not tell(kind, service, here(service)).is_done

    assert tell(kind, service, here(service)).is_done

    assert service.posts == 1


@EVERY_EDITED
def test_a_channel_that_is_none_is_never_part_of_an_address(kind, service):
    told = tell(kind, service, job(), settings={"channel": "../users/@me"})

    assert (told.is_done, told.is_final) == (False, True)
    assert "channel=ID" in told.because
    assert service.requests == []
