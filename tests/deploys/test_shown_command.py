"""Which line of a script a person is shown when it fails."""

import shlex

import pytest

from deploy_scripts.fleet.shown_command import LONGEST, failed_line, showing, without_command

MANY_LINES = "set -f\nlook\nagain snap install microk8s\n"


def sent(script):
    return f"sudo -n sh -c {shlex.quote(script)}"


@pytest.mark.parametrize(
    ("script", "line"),
    [
        (showing("snap install microk8s --classic", MANY_LINES), "snap install microk8s --classic"),
        (showing("kubectl label node n1 'a=b c'", MANY_LINES), "kubectl label node n1 'a=b c'"),
        (showing("two\nlines\n", MANY_LINES), "two lines"),
        ("uname -n", "uname -n"),
        (MANY_LINES, ""),
    ],
)
def test_the_line_is_the_one_that_the_script_names_or_its_only_one(script, line):
    assert failed_line(sent(script), ()) == line


def test_the_line_that_really_failed_is_told_by_the_script_and_is_no_output():
    printed = ("on", "command: snap refresh --hold microk8s", "error: busy")

    assert failed_line(sent(showing("snap install", MANY_LINES)), printed) == printed[1][9:]
    assert without_command(printed) == ("on", "error: busy")


def test_a_line_fits_on_a_line():
    assert len(failed_line(sent(showing("x" * 5000, MANY_LINES)), ())) == LONGEST
