"""The browser modules by themselves: updating a page in place, and asking not too often."""

import pytest
from job_scenes import three_hosts

MORPH = """async ([old, fresh]) => {
  const job = document.querySelector("script[src$='job.js']").src;
  const { morph } = await import(job.replace("job.js", "morph.js"));
  const place = document.createElement("div");
  place.innerHTML = old;
  place.querySelectorAll("*").forEach((one) => { one.wasHere = true; });
  const other = new DOMParser().parseFromString(`<div>${fresh}</div>`, "text/html");
  morph(place, other.body.firstElementChild);
  const kept = [...place.querySelectorAll("*")].filter((one) => one.wasHere);
  return [place.innerHTML, kept.map((one) => one.id || one.nodeName.toLowerCase())];
}"""

RING = """async (succeeds) => {
  const job = document.querySelector("script[src$='job.js']").src;
  const { Bell } = await import(job.replace("job.js", "news.js"));
  const worked = [];
  const bell = new Bell(async () => { worked.push(rung); return succeeds; });
  let rung = 0;
  const began = performance.now();
  while (performance.now() - began < 1000) {
    rung += 1;
    bell.ring();
    await new Promise((done) => setTimeout(done, 5));
  }
  const during = worked.length;
  while (worked.at(-1) !== rung) await new Promise((done) => setTimeout(done, 20));
  return [during, worked.length - during];
}"""


@pytest.fixture
def morph(page, ledger, inventory):
    page.goto(three_hosts(ledger, inventory).path)
    return lambda old, fresh: page.evaluate(MORPH, [old, fresh])


@pytest.mark.parametrize(
    ("old", "fresh", "kept"),
    [
        ("<p>one</p>", "<p>two</p>", ["p"]),
        ('<p class="a" title="t">one</p>', '<p class="b">one</p>', ["p"]),
        ('<b id="x"></b><b id="z"></b>', '<b id="x"></b><b id="y"></b><b id="z"></b>', ["x", "z"]),
        ('<b id="x"></b><b id="y"></b>', '<b id="y"></b>', ["y"]),
        ('<b id="x"></b><b id="y"></b>', '<b id="y"></b><b id="x"></b>', ["y", "x"]),
        ("<p>one</p>", "<ul><li>one</li></ul>", []),
        ("", "<p>new</p>", []),
        (
            '<svg><rect width="1%"></rect></svg>',
            '<svg><rect width="2%"></rect></svg>',
            ["svg", "rect"],
        ),
    ],
    ids=["text", "attributes", "inserted", "removed", "swapped", "another", "new", "svg"],
)
def test_it_becomes_the_fresh_one_and_keeps_what_it_can(old, fresh, kept, morph):
    assert morph(old, fresh) == [fresh, kept]


def test_what_the_reader_opened_or_closed_stays_so(morph):
    old = '<details id="a" open="">1</details><details id="b">2</details>'
    fresh = '<details id="a">3</details><details id="b" open="">4</details>'

    after, _ = morph(old, fresh)

    assert after == '<details id="a" open="">3</details><details id="b">4</details>'


def test_a_bell_that_rings_all_the_time_works_a_few_times_a_second_and_once_after_the_last(
    page, ledger, inventory
):
    page.goto(three_hosts(ledger, inventory).path)

    during, after = page.evaluate(RING, True)

    assert 1 < during <= 6
    assert after == 1


def test_after_a_failure_the_bell_rings_by_itself_but_more_seldom(page, ledger, inventory):
    page.goto(three_hosts(ledger, inventory).path)

    during, after = page.evaluate(RING, False)

    assert during <= 2
    assert after == 1
