"""What only some ticket systems have: forms of text, transitions, sessions, numbers beside ids."""

import json

import pytest
from ticket_receivers import Refused, receiving
from ticket_systems import SYS_ID, SYSTEMS
from told_tickets import news, post, target

from workflows.notifiers import glpi, jira, servicenow, zammad

ERROR = {"message": "cannot: {noformat} *bold* [x|http://y] <b>"}


@pytest.fixture
def desk(request):
    with receiving(SYSTEMS[request.param]()) as receiver:
        yield receiver


def of(kind):
    return pytest.mark.parametrize("desk", [kind], indirect=True)


def tell(notifier, desk, type_="job.succeeded", kept=None, settings=None, **fields):
    to = target(desk, settings=settings or {})
    return notifier.NOTIFIER.tell(to, news(type_, desk.subject, **fields), kept or {}, post)


@of("jira")
def test_jira_reads_no_markup_in_what_hosts_say(desk):
    tell(jira, desk, "job.failed", error=ERROR)

    inside = desk.notes[0].split("{noformat}")[1::2]
    assert len(inside) == 2
    assert all("*bold* [x|http://y]" in part for part in inside)


@of("jira")
def test_jira_gets_documents_of_its_own_form_where_a_setting_says_so(desk):
    told = tell(jira, desk, "job.failed", settings={"api": "3"}, error=ERROR)

    assert told.is_done, told.because
    (sent,) = [json.loads(one.body) for one in desk.requests if one.body and "/3/" in one.path]
    blocks = sent["body"]["content"]
    assert [block["type"] for block in blocks].count("codeBlock") == 1
    assert {"type": "link", "attrs": {"href": "https://clusters.test/jobs/3f2a91c0"}} in [
        mark for block in blocks for text in block["content"] for mark in text.get("marks", ())
    ]
    assert ERROR["message"] in desk.notes[0]


@of("jira")
def test_a_transition_that_jira_does_not_offer_is_told_with_those_that_it_does(desk):
    told = tell(jira, desk, settings={"transition_on_success": "Closed"})

    assert told.is_final
    assert "cannot move OPS-42 to Closed: it is open, and may go to Finish" in told.because
    assert "transition_on_success" in told.because
    assert len(desk.notes) == 1


@of("jira")
def test_an_issue_that_is_there_already_is_not_moved_again(desk):
    desk.state = "done"

    assert tell(jira, desk, settings={"transition_on_success": "Done"}).is_done


@of("jira")
def test_a_part_that_was_told_is_not_told_again_when_the_next_one_failed(desk):
    def failing(method, url, *, headers, body):
        if url.endswith("/attachments"):
            raise OSError("the line is dead")
        return post(method, url, headers=headers, body=body)

    one = news("job.succeeded", desk.subject)
    told = jira.NOTIFIER.tell(target(desk), one, {}, failing)
    desk.requests.clear()

    again = jira.NOTIFIER.tell(target(desk), one, told.keep, post)

    assert (told.is_done, told.keep["told"], again.is_done) == (False, "1/note", True)
    assert not [one for one in desk.requests if one.path.endswith("/comment")]
    assert len(desk.files) == 1


@of("jira")
def test_a_setting_may_be_written_with_hyphens_as_options_are(desk):
    assert tell(jira, desk, settings={"transition-on-success": "Done"}).is_done
    assert desk.state == "done"


@of("jira")
def test_no_file_is_attached_where_a_setting_says_so(desk):
    assert tell(jira, desk, settings={"attach": "no"}).is_done
    assert desk.files == {}


@of("jira")
def test_without_a_user_the_secret_is_a_token_of_its_own(desk):
    to = target(desk, settings={"user": ""})

    jira.NOTIFIER.tell(to, news("job.started", desk.subject), {}, post)

    assert desk.requests[0].headers["authorization"] == f"Bearer {desk.secret}"


@of("glpi")
def test_glpi_keeps_no_session_open_whatever_becomes_of_the_note(desk):
    tell(glpi, desk)
    assert desk.sessions == 0

    news_of_none = news("job.started", "999")
    assert glpi.NOTIFIER.tell(target(desk), news_of_none, {}, post).is_final
    assert desk.sessions == 0


@of("glpi")
def test_what_hosts_say_is_no_markup_in_glpi(desk):
    tell(glpi, desk, "job.failed", error=ERROR)

    sent = [json.loads(one.body) for one in desk.requests if one.method == "POST"]
    content = sent[0]["input"]["content"]
    assert "&lt;b&gt;" in content
    assert "<b>" not in content


@of("glpi")
def test_an_address_that_is_not_glpis_api_is_told_with_what_to_enter(desk):
    desk.limits = [Refused(200, "a page")]

    told = tell(glpi, desk)

    assert told.is_final
    assert "ends with apirest.php" in told.because


@of("servicenow")
def test_servicenow_is_asked_for_a_record_only_where_the_event_told_its_number(desk):
    one = news("job.started", SYS_ID)

    assert servicenow.NOTIFIER.tell(target(desk), one, {}, post).is_done
    assert all("sysparm_query=number" not in str(one.query) for one in desk.requests)
    assert len(desk.notes) == 1


@of("servicenow")
def test_a_state_and_its_note_are_one_request_so_that_neither_comes_alone(desk):
    tell(servicenow, desk, settings={"state_on_success": "3"})

    (sent,) = [json.loads(one.body) for one in desk.requests if one.method == "PATCH"]
    assert set(sent) == {"work_notes", "state"}


@of("zammad")
def test_zammad_takes_an_id_where_no_ticket_has_that_number(desk):
    one = news("job.started", "81")

    assert zammad.NOTIFIER.tell(target(desk), one, {}, post).is_done
    assert len(desk.notes) == 1
