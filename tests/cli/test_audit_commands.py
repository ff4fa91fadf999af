"""``clusterwright audit``, on the real API."""

import json

import pytest
from serving import serving

from api.access.tokens import id_of
from cli.audit_chain import rows_of
from cli.cmd_audit import OUTCOMES
from workflows.audit.bounds import Bounds
from workflows.audit.log import KEY, AuditLog
from workflows.audit.parts import parts
from workflows.audit.records import Act, Outcome, Record, following

HOST = {"address": "10.0.0.7"}


@pytest.fixture
def api(redis, settings):
    with serving(redis, settings) as served:
        yield served


@pytest.fixture
def acts(api):
    """Three acts of the command line."""
    for words in (("create", "ci", "--role", "viewer"), ("rotate", "ci"), ("revoke", "nobody")):
        api.run("tokens", *words)
    assert api.run("tokens", "create", "board", "--role", "viewer").exit_code == 0


def test_the_list_tells_who_did_what_the_newest_first(api, acts):
    result = api.run("audit", "list")

    head, *rows = result.stdout.splitlines()
    assert head.split() == ["number", "time", "who", "by", "what", "object", "cluster", "outcome"]
    assert [row.split()[0] for row in rows] == ["3", "2", "1"]
    words = rows[0].split()
    assert words[4:7] == ["local", "token", "make-token"]
    assert words[-1] == "done"


def test_a_filter_finds_whom_what_and_when(api, acts, redis):
    AuditLog(redis).append(Act("request-change", "cluster prod", "prod", actor="hook:tickets"))

    def numbers(*words):
        result = api.run("audit", "list", *words, "--json")
        assert result.exit_code == 0, result.stderr
        return [row["number"] for row in json.loads(result.stdout)["records"]]

    assert numbers("--actor", "local") == [3, 2, 1]
    assert numbers("--actor", id_of(api.token)) == [3, 2, 1]
    assert numbers("--cluster", "prod") == [4]
    assert numbers("--outcome", "refused") == []
    assert numbers("--since", "2999-01-01") == []
    assert numbers("--since", "2020-01-01", "--limit", "2") == [4, 3]
    assert numbers("--since", "2020-01-01T08:30:00+01:00") == [4, 3, 2, 1]
    assert api.run("audit", "list", "--actor", "x").stdout == "nothing of that kind was done\n"


def test_a_moment_that_cannot_be_read_is_wrong_usage(api):
    result = api.run("audit", "list", "--since", "yesterday")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "cannot read 'yesterday'" in result.stderr


def test_more_than_a_page_is_listed(api, redis):
    log = AuditLog(redis)
    for _ in range(5):
        log.append(Act("put-host"))

    result = api.run("audit", "list", "--limit", "1200", "--json")

    assert len(json.loads(result.stdout)["records"]) == 5


def test_a_whole_log_says_so_with_its_last_hash(api, acts, redis):
    result = api.run("audit", "verify")

    last = Record.of(redis.lindex(KEY, -1)).hash
    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines() == [
        f"redis  3 records, the last with the hash {last}",
        f"file   3 records, the last with the hash {last}",
        "the audit log is whole",
    ]


@pytest.fixture
def cut(acts, redis, settings):
    """A log of which Redis has the newest records alone, in several files."""
    few = Bounds(records=5, file_bytes=1500)
    log = AuditLog(redis, settings.data_dir, bounds=few)
    for number in range(20):
        log.append(Act("put-host", f"host n{number}"))
    return log


def test_a_log_that_was_cut_is_whole_and_says_where_the_earlier_records_stand(api, cut):
    result = api.run("audit", "verify")

    first = cut.kept.standing().checkpoint.number + 1
    many, last = cut.redis.llen(KEY), Record.of(cut.redis.lindex(KEY, -1))
    assert result.exit_code == 0, result.stdout
    assert result.stdout.splitlines() == [
        f"redis  {many} records from record {first} on, the last with the hash {last.hash}",
        f"file   {last.number} records, the last with the hash {last.hash}",
        f"{first - 1} earlier stand in the file alone: they were cut away from Redis",
        "the audit log is whole",
    ]


def test_copies_of_several_files_are_held_against_a_log_that_was_cut(api, cut, tmp_path):
    copies = []
    for part in parts(cut.copy.path):
        copies.append(tmp_path / part.path.name)
        copies[-1].write_bytes(part.path.read_bytes())
    assert len(copies) > 2
    words = ("audit", "verify", *map(str, reversed(copies)))

    assert api.run(*words).exit_code == 0
    assert api.run(*words[:-1]).exit_code == 0  # without the oldest
    assert api.run("audit", "verify", str(copies[0])).exit_code == 0  # older than what Redis has
    lacking = api.run("audit", "verify", *map(str, [copies[0], *copies[2:]]))
    assert lacking.exit_code == 1
    assert "stands in its place" in lacking.stdout


def test_an_old_copy_shows_that_the_file_was_written_anew(api, cut, tmp_path):
    (first, *_) = parts(cut.copy.path)
    old, row = tmp_path / "old", Record.of(next(first.lines()))
    old.write_text(following(0, "", Act("what was so"), row.at).line + "\n")

    result = api.run("audit", "verify", str(old))

    assert result.exit_code == 1
    assert "record 1 (copy): the API has another record there" in result.stdout


def test_what_was_altered_is_told_and_the_command_fails(api, acts, redis):
    redis.lset(KEY, 1, redis.lindex(KEY, 1).replace("rotate-token", "show-token"))
    redis.rpop(KEY)

    result = api.run("audit", "verify")
    as_json = api.run("audit", "verify", "--json")

    assert (result.exit_code, as_json.exit_code) == (1, 1)
    assert "record 2 (redis): its hash is not that of what it says" in result.stdout
    assert "record 3 (redis): 1 record is missing at its end" in result.stdout
    assert result.stdout.endswith("the audit log is not whole\n")
    assert not json.loads(as_json.stdout)["whole"]


def test_what_the_file_lacks_is_told_and_is_no_fault(api, acts, redis):
    AuditLog(redis).append(Act("submit"))

    result = api.run("audit", "verify")

    assert result.exit_code == 0
    assert "the file lacks the newest 1 record" in result.stdout


def test_a_copy_shows_that_both_were_written_anew(api, acts, redis, settings, tmp_path):
    copy = tmp_path / "copy"
    text = (settings.data_dir / "audit-log").read_text()
    copy.write_text(text)
    assert api.run("audit", "verify", str(copy)).exit_code == 0
    redis.delete(KEY)
    (settings.data_dir / "audit-log").unlink()
    api.run("tokens", "create", "other", "--role", "viewer")
    assert api.run("audit", "verify").exit_code == 0

    result = api.run("audit", "verify", str(copy))

    assert result.exit_code == 1
    assert "record 1 (copy): the API has another record there" in result.stdout


def test_a_copy_that_was_altered_or_that_the_api_has_lost_is_told(
    api, acts, redis, settings, tmp_path
):
    copy = tmp_path / "copy"
    lines = (settings.data_dir / "audit-log").read_text().splitlines(keepends=True)
    copy.write_text("".join([lines[0], "nonsense\n", lines[2]]))

    altered = api.run("audit", "verify", str(copy))
    copy.write_text("".join(lines))
    (settings.data_dir / "audit-log").write_text("".join(lines[:2]))
    redis.rpop(KEY)
    lost = api.run("audit", "verify", str(copy))

    assert altered.exit_code == lost.exit_code == 1
    assert "record 2 (copy): it is no record" in altered.stdout
    assert "record 3 (copy): the API has this record no more" in lost.stdout


def test_a_copy_that_is_not_there_is_told(api, tmp_path):
    result = api.run("audit", "verify", str(tmp_path / "none"))

    assert result.exit_code == 1
    assert result.stderr.startswith(f"cannot read {tmp_path}/none: No such file or directory; ")


def test_the_command_line_reckons_as_the_api_does(redis, tmp_path):
    log = AuditLog(redis, tmp_path)
    for word in ("ä", "\x00", "💡", "a b"):
        log.append(Act(word, before={"value": word, "count": 1.5, "none": None}))
    lines = list(log.copy.lines())

    assert [row.fault for row in rows_of(lines)] == [""] * 4
    assert [row.hash for row in rows_of(lines)] == [Record.of(line).hash for line in lines]
    assert tuple(Outcome) == OUTCOMES
    taken_out = [lines[0], *lines[2:]]
    assert "number 3 stands in its place" in [row.fault for row in rows_of(taken_out)]
