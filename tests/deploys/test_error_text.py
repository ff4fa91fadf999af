"""Which sentence of a failed command's last words is the one to tell."""

import pytest

from deploy_scripts.fleet.error_text import LONGEST, headline, is_hopeless, is_store_trouble

NO_CHANNEL = (
    'error: snap "microk8s" is not available on 9.99/stable but is available to install on the',
    "       following channels:",
    "",
    "       1.32/stable  snap install --channel=1.32/stable microk8s",
    "",
    "       Get more information with 'snap info microk8s'.",
)


@pytest.mark.parametrize(
    ("lines", "last_error"),
    [
        (
            NO_CHANNEL,
            'error: snap "microk8s" is not available on 9.99/stable but is available to install on '
            "the following channels:",
        ),
        (
            ("Traceback (most recent call last):", '  File "a.py"', "OSError: no route"),
            "OSError: no route",
        ),
        (("cannot join n2: refused", "the join changed nothing"), "cannot join n2: refused"),
        (("E: Unable to locate package snapd", ""), "E: Unable to locate package snapd"),
        (
            ("snap: error: cannot communicate with server",),
            "snap: error: cannot communicate with server",
        ),
        (("sh: 1: modprobe: not found",), "sh: 1: modprobe: not found"),
        (("first", "all of it is lost", " "), "all of it is lost"),
        (("error: one", "error: two", "   and its end"), "error: two and its end"),
        (("permanent: cannot go on",), "cannot go on"),
        ((), ""),
    ],
)
def test_the_last_error_is_told_with_its_wrapped_lines(
    lines: tuple[str, ...], last_error: str
) -> None:
    assert headline(lines) == last_error


def test_a_headline_is_no_longer_than_people_read() -> None:
    assert len(headline(["error: " + "x" * 5000])) == LONGEST


@pytest.mark.parametrize(
    ("lines", "hopeless"),
    [
        (NO_CHANNEL, True),
        (('error: snap "microk8s" not found',), True),
        (("permanent: cannot start afresh",), True),
        (('error: snap "microk8s" has "install-snap" change in progress',), False),
        (("error: cannot communicate with server: timeout",), False),
    ],
)
def test_what_stays_as_it_is_ends_the_attempts(lines: tuple[str, ...], hopeless: bool) -> None:
    assert is_hopeless(lines) is hopeless


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("error: unable to contact snap store", True),
        (
            "error: cannot perform the following tasks:\n"
            '- Download snap "microk8s" (7041) from channel "1.32/stable" (received an unexpected '
            "http response code (502) when trying to download it)",
            True,
        ),
        ('error: cannot install "microk8s": got unexpected HTTP status code 503 via POST', True),
        ('error: cannot install "microk8s": too many requests', True),
        ('error: snap "microk8s" is not available on 9.99/stable', False),
        ("error: cannot communicate with server: no space left on device", False),
    ],
)
def test_what_is_the_snap_stores_trouble_is_told_apart(text, expected):
    assert is_store_trouble(text.splitlines()) == expected
