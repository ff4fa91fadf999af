"""The drawing as SVG: well-formed whatever it is told, readable without colours and styles."""

import re
from xml.etree import ElementTree

import pytest
from drawn_clusters import DEAD, TAINT, hosts, member, node, observed, seen, steered, unseen

from api.topology import CSS, picture_of, svg
from api.topology.svg import SMALL_WIDTH

SPACE = "{http://www.w3.org/2000/svg}"
CLUSTERS = {
    "one": observed(1),
    "three": observed(3),
    "separated": observed(3, 3),
    "five": observed(5),
    "thirty": observed(3, 27),
    "dead": observed(3, 2, dead=("cp-3",)),
    "lost": seen(observed(3, 2, dead=("cp-2", "cp-3")), nodes=None),
    "unseen": unseen(3, 3),
}
HOSTILE = "</text><script>alert(1)</script>\"'&\x00\x1b]<!--"


def parsed(body, *sites, **how):
    how = {"standalone": True} | how
    # Our own text, and what is in it of others is what these tests are about.
    return ElementTree.fromstring(svg(picture_of(body, hosts(body, *sites)), **how))  # noqa: S314


def words(drawing):
    return ["".join(found.itertext()) for found in drawing.iter(f"{SPACE}text")]


@pytest.mark.parametrize("body", CLUSTERS.values(), ids=CLUSTERS)
@pytest.mark.parametrize(
    "how",
    [{}, {"standalone": False}, {"standalone": False, "small": True}, {"width": 344}],
    ids=["alone", "in a page", "small", "narrow"],
)
def test_everything_is_drawn_inside_the_drawing_and_nothing_twice(body, how):
    drawing = parsed(body, "berlin", "madrid", **how)

    width, height = map(float, drawing.get("viewBox").split()[2:])
    corners = [
        corner for corner in boxes(drawing) if corner[2] <= width and corner[3] <= height + 0.5
    ]
    assert len(corners) == sum(1 for _ in boxes(drawing))
    titles = [found.text.split(":")[0] for found in drawing.iter(f"{SPACE}title")][1:]
    assert sorted(titles) == sorted([*body["control_plane"], *body["workers"]])


def boxes(element, left=0.0, top=0.0):
    """Yield the corners of every box, in the coordinates of the drawing."""
    place = re.fullmatch(r"translate\((\S+) (\S+)\)", element.get("transform", ""))
    if place:
        left, top = left + float(place[1]), top + float(place[2])
    if element.tag == f"{SPACE}rect" and "%" not in element.get("width"):
        x, y = left + float(element.get("x", 0)), top + float(element.get("y", 0))
        assert x >= 0
        assert y >= 0
        yield x, y, x + float(element.get("width")), y + float(element.get("height"))
    for child in element:
        yield from boxes(child, left, top)


def test_states_are_told_in_words():
    body = observed(5, 1, dead=("cp-3",))
    body["observation"]["nodes"][-1]["schedulable"] = False

    texts = words(parsed(body))

    assert {"voter", "stand-by", "★ leader", "⚑ seed", "alive, ready"} <= set(texts)
    assert "DEAD, NOT READY" in texts
    assert "ready, cordoned" in texts


def test_states_are_told_by_shapes():
    def shapes(body):
        drawing = parsed(body)
        return {
            (found.tag.removeprefix(SPACE), found.get("points"))
            for group in drawing.iter(f"{SPACE}g")
            if "t-mark" in group.get("class", "")
            for found in group
        }

    good, bad, unknown = (
        shapes(observed(1)),
        shapes(observed(3, dead=("cp-1", "cp-2", "cp-3"))),
        shapes(unseen()),
    )

    assert ("circle", None) in good
    assert ("rect", None) in bad - good
    assert ("text", None) in unknown - good - bad


def test_those_who_do_not_see_it_are_told_everything():
    drawing = parsed(observed(3, 1, dead=("cp-3",)))

    assert drawing.get("role") == "img"
    assert drawing[0].tag == f"{SPACE}title"
    assert drawing[0].text == "Topology of cluster prod"
    assert drawing[1].tag == f"{SPACE}desc"
    assert "quorum: 2 of 3 voters alive" in drawing[1].text
    assert "cp-3: control plane, voter, DEAD, NOT READY, 10.0.0.3" in drawing[1].text


@pytest.mark.parametrize("standalone", [True, False])
def test_a_strict_content_security_policy_holds(standalone):
    drawing = parsed(observed(3, 3), standalone=standalone)

    assert [found for found in drawing.iter() if found.get("style")] == []
    names = {name for found in drawing.iter() for name in found.attrib}
    assert [name for name in names if "href" in name or name.startswith("on")] == []
    styles = [found.text for found in drawing.iter(f"{SPACE}style")]
    assert styles == ([CSS] if standalone else [])


def test_every_class_of_a_drawing_has_a_rule_or_is_a_name_only():
    used = set()
    for body in CLUSTERS.values():
        for found in parsed(body, "berlin", "madrid").iter():
            used |= set(found.get("class", "").split())

    names_only = {"topology", "t-alone", "t-node", "t-control-plane", "t-workers", "t-edge-good"}
    assert {name for name in used - names_only if f".{name}" not in CSS} == set()


def test_the_rules_are_plain_text_for_xml_and_load_nothing():
    assert re.findall(r"[<&]|@import|url\(|]]>", CSS) == []


def test_hostile_names_are_text():
    body = observed(1)
    body["observation"]["members"].append(member(None, HOSTILE, role="spare"))
    body["observation"]["nodes"].append(node(HOSTILE, "10.9.9.9", host=None))
    body["observation"]["findings"] = [DEAD | {"message": HOSTILE}]

    drawing = parsed(body)

    assert list(drawing.iter(f"{SPACE}script")) == []
    assert any("<script>" in (text or "") for text in words(drawing))


def test_a_dedicated_node_says_so_also_when_it_is_dead():
    body = observed(3, dead=("cp-3",))
    for row in body["observation"]["nodes"]:
        row["taints"] = [TAINT]

    texts = words(parsed(body))

    assert texts.count("alive, ready, dedicated") == 2
    assert "DEAD, NOT READY, dedicated" in texts


def test_a_node_says_at_which_site_it_stands_where_there_are_two():
    body = observed(3, 2)

    assert "site" not in " ".join(words(parsed(body)))
    text = " ".join(words(parsed(body, "berlin", "madrid")))
    assert "site berlin" in text
    assert "site madrid" in text


def test_long_names_keep_their_ends_apart():
    body = unseen(1, 12)
    body["workers"] = [f"worker-with-quite-a-long-name-in-rack-{i:02}" for i in range(12)]

    texts = words(parsed(body))

    assert sum(text.startswith("work") and "…" in text for text in texts) == 12
    assert len({text for text in texts if text.startswith("work")}) == 12 + 1  # and the group


def test_a_small_drawing_has_only_shapes():
    drawing = parsed(observed(3, 27), standalone=False, small=True)

    assert words(drawing) == []
    assert float(drawing.get("viewBox").split()[2]) == SMALL_WIDTH
    assert drawing.get("class") == "topology t-small"


def test_nothing_that_steers_a_terminal_is_drawn():
    drawing = str(svg(picture_of(steered()), standalone=True))

    assert {sign for sign in drawing if not sign.isprintable()} <= {"\n"}
    assert "x1b]52" in drawing
