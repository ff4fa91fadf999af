"""Trace ids: what is accepted as a traceparent, and what is sent."""

import pytest

from workflows.process.tracing import new_trace_id, received, traceparent

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        pytest.param(f"00-{TRACE}-{SPAN}-01", (TRACE, "01"), id="valid"),
        pytest.param(f" 00-{TRACE}-{SPAN}-00 ", (TRACE, "00"), id="with blanks around it"),
        pytest.param(f"cc-{TRACE}-{SPAN}-01-more", (TRACE, "01"), id="a later version says more"),
        pytest.param(f"cc-{TRACE}-{SPAN}-01", (TRACE, "01"), id="a later version"),
        pytest.param(f"00-{TRACE}-{SPAN}-01-more", None, id="this version says too much"),
        pytest.param(f"ff-{TRACE}-{SPAN}-01", None, id="forbidden version"),
        pytest.param(f"00-{'0' * 32}-{SPAN}-01", None, id="no trace"),
        pytest.param(f"00-{TRACE}-{'0' * 16}-01", None, id="no span"),
        pytest.param(f"00-{TRACE.upper()}-{SPAN}-01", None, id="upper case"),
        pytest.param(f"00-{TRACE[:-1]}-{SPAN}-01", None, id="too short"),
        pytest.param(f"00-{TRACE}-{SPAN}-01,00-{TRACE}-{SPAN}-01", None, id="two of them"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_a_traceparent_is_taken_if_it_is_valid(header, expected):
    assert received(header) == expected


def test_what_is_sent_can_be_received_and_names_another_span_each_time():
    trace = new_trace_id()

    sent = {traceparent(trace, "01") for _ in range(3)}

    assert {received(header) for header in sent} == {(trace, "01")}
    assert len(sent) == 3
