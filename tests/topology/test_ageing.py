"""Health that ages, in every form of the drawing."""

import pytest
from drawn_clusters import observed, unseen

from api.topology import mermaid, picture_of, svg, text
from cluster.drawing.ageing import aged, ago
from cluster.drawing.quorum_words import Health

OLD = {"age_seconds": 1200.0, "stale": True}
FORMS = {
    "text": text,
    "Mermaid": mermaid,
    "SVG": lambda picture: str(svg(picture, standalone=True)),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_tells_how_long_ago_a_cluster_was_healthy(form):
    drawn = FORMS[form](picture_of(observed(3) | {"age_seconds": 540.0}))

    assert "was healthy 9 min ago" in drawn
    assert "unknown now" not in drawn


@pytest.mark.parametrize("form", FORMS)
def test_no_form_vouches_for_what_was_seen_too_long_ago(form):
    drawn = FORMS[form](picture_of(observed(3) | OLD))

    assert "was healthy 20 min ago" in drawn
    assert "unknown now" in drawn
    assert "was alive" in drawn
    assert ":::good" not in drawn
    assert "t-edge-good" not in drawn.partition("</style>")[2]


@pytest.mark.parametrize("form", FORMS)
def test_what_nobody_has_seen_was_nothing(form):
    assert "was " not in FORMS[form](picture_of(unseen(3))).partition("</style>")[2]


@pytest.mark.parametrize(
    ("then", "now"),
    [
        (Health.GOOD, Health.UNKNOWN),
        (Health.WARN, Health.UNKNOWN),
        (Health.BAD, Health.BAD),
        (Health.UNKNOWN, Health.UNKNOWN),
    ],
)
def test_what_was_well_is_unknown_and_what_was_bad_stays_bad(then, now):
    assert aged(then, is_old=True) is now
    assert aged(then, is_old=False) is then


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "less than a minute ago"),
        (59.9, "less than a minute ago"),
        (60, "1 min ago"),
        (119 * 60, "119 min ago"),
        (7200, "2 h ago"),
        (3 * 86400, "3 d ago"),
    ],
)
def test_an_age_is_told_in_its_largest_unit(seconds, words):
    assert ago(seconds) == words
