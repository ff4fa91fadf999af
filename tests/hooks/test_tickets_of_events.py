"""Which ticket an event is about, and where people look at it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.hooks.received import Received
from workflows.hooks.sources import SOURCES
from workflows.references import reference_to, safe_link

REPOSITORY = {"full_name": "ops/clusters", "html_url": "https://code.test/ops/clusters"}
ISSUE = {"number": 12, "html_url": "https://code.test/ops/clusters/issues/12"}
PROJECT = {"path_with_namespace": "ops/clusters", "web_url": "https://lab.test/ops/clusters"}
SELF = "https://jira.test/jira/rest/api/2/issue/10001"
INCIDENT = {"id": "PINC01", "html_url": "https://pd.test/incidents/PINC01"}
PULL = {"repository": REPOSITORY, "pull_request": ISSUE}
NOTE = {"object_kind": "note", "object_attributes": {"id": 9}, "merge_request": {"iid": 3}}
FIRED = {"event_type": "incident.triggered", "data": INCIDENT}
WORK = {"iid": 5, "url": "https://lab.test/5"}
OF_ISSUE = {"object_kind": "issue", "project": PROJECT, "object_attributes": WORK}
BROWSED = "https://jira.test/jira/browse/OPS-42"
TOLD = [
    ("jira", {"issue": {"key": "OPS-42", "self": SELF}}, "OPS-42", BROWSED),
    ("jira", {"issue": {"key": "OPS-42"}}, "OPS-42", ""),
    ("servicenow", {"number": "CHG1", "url": "https://now.test/x"}, "CHG1", "https://now.test/x"),
    (
        "zammad",
        {"ticket": {"number": "31", "url": "https://za.test/31"}},
        "31",
        "https://za.test/31",
    ),
    (
        "glpi",
        {"event": "new", "item": {"id": 7}, "url": "http://glpi.test/7"},
        "7",
        "http://glpi.test/7",
    ),
    ("zendesk", {"ticket": {"id": 7, "link": "https://z.test/7"}}, "7", "https://z.test/7"),
    ("github", {"repository": REPOSITORY, "issue": ISSUE}, "ops/clusters#12", ISSUE["html_url"]),
    ("gitea", PULL, "ops/clusters#12", ISSUE["html_url"]),
    ("github", {"repository": REPOSITORY}, "ops/clusters", REPOSITORY["html_url"]),
    (
        "gitlab",
        OF_ISSUE,
        "ops/clusters#5",
        "https://lab.test/5",
    ),
    (
        "gitlab",
        NOTE | {"project": PROJECT},
        "ops/clusters!3",
        PROJECT["web_url"],
    ),
    ("gitlab", {"object_kind": "push", "project": PROJECT}, "ops/clusters", PROJECT["web_url"]),
    ("pagerduty", {"event": FIRED}, "PINC01", INCIDENT["html_url"]),
]
HEADERS = {"x-github-event": "issues", "x-gitea-event": "issues", "x-zammad-trigger": "changes"}
NOT_SAFE = [
    *("javascript:alert(1)", "ftp://a.test/", "//a.test/", "https://", "https:///x", ""),
    *("https://user@a.test/", "https://a.test/ x", 'https://a.test/"x', "https://a.test/<b>"),
    *("https://a.test\\@b.test/", "https://a.test:99999/", "https://ä.test/", "https://a.test/\n"),
    "https://a.test/" + "x" * 1000,
]


@pytest.mark.parametrize(("source", "document", "subject", "url"), TOLD)
def test_an_event_names_its_ticket_and_where_people_look_at_it(source, document, subject, url):
    received = Received(HEADERS, json.dumps(document).encode(), 0.0)

    (event,) = SOURCES[source].translate(received)

    assert (event.subject, event.url) == (subject, url)


@pytest.mark.parametrize("text", NOT_SAFE)
def test_an_address_that_hides_where_it_leads_is_no_link(text):
    assert safe_link(text) == ""


@pytest.mark.parametrize(
    "text", ["https://a.test/browse/OPS-1?x=1#c", "http://127.0.0.1:8080/", "https://[::1]/"]
)
def test_a_plain_address_is_kept_as_it_is(text):
    assert safe_link(text) == text


@given(st.text() | st.from_regex(r"https?://.{0,40}"))
def test_whatever_a_link_holds_no_sign_of_it_ends_an_attribute_or_a_line(text):
    link = safe_link(text)

    assert link in {text, ""}
    assert not set(link) & set("\"'<> \n\r\\")


@given(st.text(), st.text(), st.text())
def test_a_reference_is_bounded_and_can_be_kept(source, subject, url):
    reference = reference_to(source, subject, url)

    assert bool(reference) == bool(subject)
    if reference:
        assert max(map(len, (reference.source, reference.subject))) <= 200
        assert type(reference).from_dict(reference.as_dict()) == reference


def test_a_text_that_is_no_address_in_a_document_is_no_link():
    document = {"issue": {"key": "OPS-42", "self": "javascript:alert(1)"}, "url": 7}

    (event,) = SOURCES["jira"].translate(Received({}, json.dumps(document).encode(), 0.0))

    assert event.url == ""
