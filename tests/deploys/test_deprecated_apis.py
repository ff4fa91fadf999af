"""What API servers tell of deprecated APIs, read and judged."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy_scripts.checks.api_rules import judge_apis
from deploy_scripts.microk8s.deprecated_apis import DeprecatedApi, parse_deprecated

ROW = (
    'apiserver_requested_deprecated_apis{{group="{}",removed_release="{}",resource="{}",'
    'subresource="",version="{}"}} 1'
)
LABEL = st.from_regex(r"[a-z][a-z0-9-]{0,20}", fullmatch=True)
APIS = st.builds(DeprecatedApi, LABEL, LABEL, LABEL | st.just(""), st.integers(0, 99) | st.none())


def rows(apis):
    return [
        ROW.format(
            api.group, "" if api.removed is None else f"1.{api.removed}", api.resource, api.version
        )
        for api in apis
    ]


@given(st.sets(APIS, max_size=8))
def test_what_an_api_server_tells_is_what_is_read(apis):
    assert set(parse_deprecated([*rows(apis), "@@end"])) == apis


@pytest.mark.parametrize("lines", [[], ["@@end", "x"], ["x", "@@end"], rows([])])
def test_what_is_no_row_or_not_all_of_them_is_refused(lines):
    with pytest.raises(ValueError, match=r"is no row|to their end"):
        parse_deprecated(lines)


@given(st.sets(APIS, max_size=8), st.integers(0, 99))
def test_those_that_the_target_does_not_have_any_more_refuse_and_no_others(apis, minor):
    found = list(judge_apis({"n1": sorted(apis, key=lambda api: api.name)}, [], minor))

    gone = {api for api in apis if api.removed is not None and api.removed <= minor}
    assert [row.code for row in found] == ["deprecated-apis-in-use"] * bool(gone)
    assert all(api.name in row.message for row in found for api in gone)


def test_many_are_told_by_the_first_ten_and_their_number():
    apis = [DeprecatedApi(f"r{number:02}", "v1", "", 30) for number in range(13)]

    [found] = judge_apis({"n1": apis[:7], "n2": apis[5:]}, [], 33)

    assert found.message.startswith("13 APIs that were asked for")
    assert found.message.endswith("r09.v1 (removed in 1.30) and 3 more")
