"""Which ticket, issue or repository a document is about, and where people look at it; pure."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from workflows.hooks.reading.documents import first_text, text_at
from workflows.references import safe_link

NUMBERED = ("issue", "pull_request")
"""What has a number within its repository, at GitHub and Gitea."""
NUMBERED_AT_GITLAB = (
    ("object_attributes", "iid"),
    ("issue", "iid"),
    ("merge_request", "iid"),
)
"""The thing itself, and what a note is about."""
SIGNS = {"merge_request": "!"}
"""How GitLab writes what has a number within its project, where that is not ``#``."""


def first_link(document: Any, paths: Sequence[Sequence[str]]) -> str:
    """Return the first address at one of the paths that may stand in a link, or nothing."""
    return next((link for path in paths if (link := safe_link(text_at(document, *path)))), "")


def numbered_subject(document: Any, repository: str) -> str:
    """Return ``owner/name#12`` for an event about an issue or a pull request, else the name."""
    numbers = [[each, "number"] for each in NUMBERED]
    number = first_text(document, numbers) if repository else ""
    return f"{repository}#{number}" if number else repository


def repository_link(document: Any) -> str:
    """Return where an issue, a pull request, a release or else the repository is looked at."""
    things = ("comment", *NUMBERED, "release", "repository")
    return first_link(document, [[each, "html_url"] for each in things])


def project_subject(document: Any, project: str) -> str:
    """Return ``group/name#12`` or ``group/name!12`` for an event of GitLab, else the name."""
    for at in NUMBERED_AT_GITLAB:
        number = text_at(document, *at)
        kind = at[0] if at[0] != "object_attributes" else text_at(document, "object_kind")
        if number and project and kind in {"issue", "work_item", "merge_request"}:
            return f"{project}{SIGNS.get(kind, '#')}{number}"
    return project


def jira_link(document: Any, key: str) -> str:
    """Return where people look at an issue, by the address under which programs find it."""
    told = first_link(document, [["url"], ["issue", "url"]])
    programs = safe_link(text_at(document, "issue", "self"))
    if told or not programs or not key.replace("-", "").replace("_", "").isalnum():
        return told
    parts = urlsplit(programs)
    before = parts.path.partition("/rest/")[0]
    return safe_link(f"{parts.scheme}://{parts.netloc}{before}/browse/{key}")
