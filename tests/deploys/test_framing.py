"""What a command prints, told apart from what the login shell prints around it."""

import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy_scripts.fleet.framing import NOISE_LINES, Frame, framed, new_mark, one_word

SHELLS = [shell for shell in ("sh", "dash", "bash", "zsh", "tcsh", "fish") if shutil.which(shell)]
AWKWARD = 'it\'s 100 % \\n "quoted" $HOME `x` !! caf\u00e9\ttab\\\\ end'


def heard(frame: Frame, stream: str, text: str) -> list[str]:
    lines = text.split("\n")
    return [
        printed
        for line in lines[: -1 if not lines[-1] else None]
        for printed in frame.lines(stream, line)
    ]


@pytest.mark.parametrize("shell", SHELLS)
def test_every_login_shell_passes_a_command_on_with_its_streams_and_exit_code(shell: str) -> None:
    mark = new_mark()
    command = f"printf '%s\\n' {shlex_quote(AWKWARD)}; cat; echo no >&2\nexit 3"

    done = subprocess.run(
        [shell, "-c", framed(command, mark)],
        input="given",
        capture_output=True,
        text=True,
        check=False,
    )

    frame = Frame(mark)
    assert heard(frame, "stdout", done.stdout) == [AWKWARD, "given"]
    assert heard(frame, "stderr", done.stderr) == ["no"]
    assert (done.returncode, frame.is_complete, frame.noise) == (3, True, [])


def shlex_quote(text: str) -> str:
    return "'" + text.replace("'", "'\"'\"'") + "'"


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_a_script_survives_being_one_word(script: str) -> None:
    word = one_word(script)

    decoded = subprocess.run(
        ["sh", "-c", 'printf %b "$1"', "sh", word], capture_output=True, check=True
    ).stdout
    assert decoded == script.encode()
    assert not set(word) & set("'!\n")


def test_a_greeting_and_a_goodbye_are_no_answer() -> None:
    frame = Frame("cw-1")
    printed = "Welcome to n1\nLast login: never\ncw-1 begins\nthe answer\n\ncw-1 ends 0\nBye\n"

    assert heard(frame, "stdout", printed) == ["the answer"]
    assert frame.is_complete
    assert frame.noise == ["Welcome to n1", "Last login: never", "Bye"]


def test_a_greeting_without_an_end_of_line_does_not_hide_the_mark() -> None:
    frame = Frame("cw-1")

    assert heard(frame, "stdout", "$ cw-1 begins\nyes\n\ncw-1 ends 0\n") == ["yes"]
    assert frame.noise == ["$ "]


def test_empty_lines_of_an_answer_stay_and_the_frames_own_goes() -> None:
    frame = Frame("cw-1")

    assert heard(frame, "stdout", "cw-1 begins\n\na\n\n\nb\n\n\ncw-1 ends 0\n") == [
        "",
        "a",
        "",
        "",
        "b",
        "",
    ]


def test_an_answer_that_ends_in_the_middle_is_not_complete() -> None:
    frame = Frame("cw-1")

    assert heard(frame, "stdout", "cw-1 begins\nhalf of\n") == ["half of"]
    assert frame.has_begun
    assert not frame.is_complete


def test_a_shell_that_never_runs_the_command_leaves_only_noise() -> None:
    frame = Frame("cw-1")

    assert heard(frame, "stdout", "cw-2 begins\nnothing of ours\ncw-2 ends 0\n") == []
    assert not frame.has_begun
    assert "nothing of ours" in frame.noise


def test_noise_is_kept_within_bounds() -> None:
    frame = Frame("cw-1")

    heard(frame, "stdout", "noise\n" * 1000)

    assert len(frame.noise) == NOISE_LINES
