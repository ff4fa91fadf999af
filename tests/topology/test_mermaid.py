"""The drawing as Mermaid. Its grammar is not here; what could break out of a label is."""

import json
import re

import pytest
from drawn_clusters import hosts, member, node, observed, steered, unseen

from api.topology import mermaid, picture_of

THREE = """\
---
title: "prod: ha, prod, 1.32/stable, 4 nodes; seen 2025-11-24 16:00 UTC"
---
flowchart TB
  accTitle: Topology of cluster prod
  accDescr: quorum: 2 of 3 voters alive, 2 needed: survives no loss  not highly available
  quorum["! quorum: 2 of 3 voters alive, 2 needed: survives no loss; not highly available"]:::warn
  subgraph control_plane["control plane"]
    n0{{"cp-1<br/>voter ★ leader ⚑ seed<br/>✓ alive, ready<br/>10.0.0.1"}}:::good
    n1{{"cp-2<br/>voter<br/>✓ alive, ready<br/>10.0.0.2"}}:::good
    n2{{"cp-3<br/>voter<br/>✗ DEAD, NOT READY<br/>10.0.0.3"}}:::bad
  end
  subgraph workers["workers"]
    n3["w-1<br/>✓ ready<br/>10.0.0.4"]:::good
  end
  n0 === n1
  n0 -.- n2
  n0 --- n3
  classDef good stroke:#1b7a3f,stroke-width:2px
  classDef warn stroke:#8a5a00,stroke-width:3px
  classDef bad stroke:#b3261e,stroke-width:3px,stroke-dasharray:6 4
  classDef unknown stroke:#5f6b7a,stroke-width:2px,stroke-dasharray:3 3
"""
LINE = re.compile(
    r'---|title: ".*"|flowchart TB|  acc(Title|Descr): [^#;{}<>"]*|  end'
    r'|  +subgraph \w+\["[^"]*"\]'
    r'|  +\w+(\{\{|\(\[|\[)"[^"`\\<>]*(<br/>[^"`\\<>]*)*"(\}\}|\]\)|\]):::\w+'
    r"|  n\d+ (===|-\.-|---) n\d+( & n\d+)*|  classDef \w+ [\w:#, -]+"
)


def drawn(body, *sites):
    return mermaid(picture_of(body, hosts(body, *sites)))


def test_a_cluster_with_a_dead_voter():
    assert drawn(observed(3, 1, dead=("cp-3",))) == THREE


@pytest.mark.parametrize(
    "body", [observed(1), observed(7, 23), unseen(3, 3)], ids=["one", "thirty", "unseen"]
)
@pytest.mark.parametrize("sites", [(), ("berlin", "madrid")], ids=["one site", "two sites"])
def test_every_line_is_one_of_the_few_that_are_used(body, sites):
    lines = drawn(body, *sites).splitlines()

    assert [line for line in lines if not LINE.fullmatch(line)] == []
    assert sum(":::" in line for line in lines) == 1 + len(body["control_plane"] + body["workers"])
    assert sum("subgraph" in line for line in lines) == lines.count("  end")


def test_hostile_names_stay_in_their_label():
    hostile = 'x"]; end\n<script>`${1}` %% --- #quot; \\ {{ }}'
    body = observed(1, name=hostile)
    body["observation"]["members"].append(member(None, hostile))
    body["observation"]["nodes"].append(node(hostile, "10.9.9.9", host=None))

    lines = drawn(body).splitlines()

    assert [line for line in lines if not LINE.fullmatch(line)] == []
    assert json.loads(lines[1].removeprefix("title: ")).startswith(hostile)
    assert sum("#60;script#62;" in line for line in lines) == 2


def test_nothing_that_steers_a_terminal_is_drawn():
    drawing = drawn(steered())

    assert {sign for sign in drawing if not sign.isprintable()} <= {"\n"}
    assert "x1b]52" in drawing.replace("#93;", "]")
