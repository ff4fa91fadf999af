"""docs/how-to/schedules.md: its tables and numbers are those of the code."""

from pages import read, rows, section

from workflows.schedules.differences import FACTS
from workflows.schedules.mending import APPROVE_WITHIN_HOURS
from workflows.schedules.schedule import USUAL_LATE_SECONDS
from workflows.schedules.store import WORDS

PAGE = read("docs/how-to/schedules.md")


def test_every_word_of_an_outcome_is_explained():
    found = [row[0].strip("`") for row in rows(section(PAGE, "## One slot, one job"))]

    assert found == list(WORDS)


def test_every_difference_that_a_look_tells_is_explained():
    found = [row[0].strip("`") for row in rows(section(PAGE, "## What a look tells and proposes"))]

    assert found == list(FACTS)


def test_the_numbers_of_the_page_are_those_of_the_code():
    assert USUAL_LATE_SECONDS == 3600
    assert "an hour where nothing is said" in PAGE
    assert f"for {APPROVE_WITHIN_HOURS} hours" in PAGE
