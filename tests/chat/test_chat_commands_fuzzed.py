"""Whatever is typed is a command, or is told what to type; what is written is understood."""

from hypothesis import given
from hypothesis import strategies as st

from cluster.catalogue import ACCEPTABLE
from cluster.names import DNS_LABEL
from workflows.chat.commands import USAGES, ChangeOf, Help, Jobs, OfJob, Quorum, Status, WhoAmI
from workflows.chat.fields_said import checked
from workflows.chat.grammar import parse, printed
from workflows.chat.words import Misunderstood
from workflows.kinds import KINDS

NAMES = st.one_of(
    st.from_regex(DNS_LABEL, fullmatch=True),
    st.sampled_from(["the", "please", "to", "and", "because", "a", "now", "job", "1", "accepting"]),
)
REASONS = st.one_of(st.just(""), st.text(min_size=1, max_size=30)).map(
    lambda text: " ".join("".join(sign for sign in text if sign.isprintable()).split())
)


@st.composite
def label_params(draw):
    key = st.from_regex(r"[a-z]{1,6}(/[a-z]{1,6})?", fullmatch=True)
    value = st.from_regex(r"([A-Za-z0-9]{1,6})?", fullmatch=True)
    inner = st.dictionaries(key, value, min_size=1, max_size=2)
    return {"labels": draw(st.dictionaries(NAMES, inner, min_size=1, max_size=2))}


CODES = st.sets(st.sampled_from(sorted(ACCEPTABLE)), max_size=3).map(lambda c: tuple(sorted(c)))


@st.composite
def changes(draw):
    kind, params = draw(
        st.one_of(
            st.tuples(
                st.just("add-nodes"),
                st.lists(NAMES, min_size=1, max_size=4, unique=True).map(
                    lambda hosts: {"workers": hosts[1:], "control_plane": hosts[:1]}
                ),
            ),
            st.tuples(
                st.just("remove-node"),
                st.fixed_dictionaries({"node": NAMES, "force": st.booleans()}),
            ),
            st.tuples(
                st.just("maintain"),
                st.fixed_dictionaries(
                    {
                        "nodes": st.none() | st.lists(NAMES, min_size=1, max_size=3, unique=True),
                        "packages": st.booleans(),
                        "drain": st.booleans(),
                        "max_unavailable": st.integers(1, 9),
                    }
                ),
            ),
            st.tuples(st.just("label-nodes"), label_params()),
            st.tuples(
                st.just("set-addons"),
                st.sampled_from(
                    [{"enable": ["metallb:1,2", "dns"]}, {"enable": ["dns:x."]}, {"disable": ["a"]}]
                ),
            ),
        )
    )
    return ChangeOf(
        kind,
        draw(NAMES),
        checked(KINDS[kind], params),
        draw(REASONS),
        draw(st.booleans()),
        draw(CODES),
    )


JOBS = st.text("0123456789abcdef", min_size=4, max_size=32)
COMMANDS = st.one_of(
    st.builds(Help, st.sampled_from(["", *USAGES, *KINDS])),
    st.builds(Status, st.just("") | NAMES),
    st.builds(Jobs, st.just("") | NAMES),
    st.builds(
        Quorum,
        NAMES,
        st.lists(
            st.tuples(
                st.sampled_from(["add", "remove", "remove-dead", "stop"]),
                st.sampled_from(["n1", "n2.example", "10.0.0.1:19001", "stop", "if", "and", "the"]),
            ),
            max_size=4,
        ).map(tuple),
    ),
    st.just(WhoAmI()),
    changes(),
    st.builds(OfJob, st.sampled_from(["watch", "cancel", "retry", "rollback", "why"]), JOBS),
    st.builds(
        OfJob, st.just("approve"), JOBS, st.just("") | st.text("0123456789abcdef", min_size=8)
    ).filter(lambda command: len(command.digest) <= 64),
    st.builds(OfJob, st.just("reject"), JOBS, st.just(""), REASONS),
)


@given(COMMANDS)
def test_a_command_that_is_written_is_understood_as_itself(command):
    assert parse(printed(command)) == command


PIECES = st.sampled_from(
    [
        *USAGES,
        *KINDS,
        *("n1", "prod", "to", "from", "in", "because", '"', "=", ",", "the", "please", "1a2b"),
        *("force", "by", "worker", "control", "plane"),
        *("labels.n1.a=b", "nodes=a,b", "drain=maybe"),
    ]
)


@given(st.text(max_size=80) | st.lists(PIECES, max_size=9).map(" ".join))
def test_whatever_is_typed_is_a_command_or_is_told_what_to_type(text):
    found, told = understood(text)

    if found is None:
        assert told.startswith("cannot ")
        assert any(way in told.casefold() for way in ("type ", "at most", "close it"))
    else:
        assert parse(printed(found)) == found


def understood(text):
    """Return a command, or nothing and what is told."""
    try:
        return parse(text), ""
    except Misunderstood as error:
        return None, str(error)
