"""The grammar of what is asked in chats, from words to a command and back; pure.

It is the same for all chats. Words of the grammar may be written in any case, and polite words are
passed over; what is quoted is taken as it is.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from cluster.catalogue import ACCEPTABLE
from cluster.printable import short
from workflows.chat.commands import (
    CHANGES,
    OF_JOBS,
    USAGES,
    ChangeOf,
    Command,
    Help,
    Jobs,
    OfJob,
    Quorum,
    Status,
    WhoAmI,
)
from workflows.chat.fields_said import checked, params_said, said_of
from workflows.chat.said_changes import FRIENDLY, Words, after_articles, cluster_of, misunderstood
from workflows.chat.said_quorum import quorum_said, quorum_words
from workflows.chat.words import (
    ACCEPTING,
    Misunderstood,
    Word,
    names_of,
    nearest,
    words_of,
    written,
)
from workflows.kinds import KINDS

JOB_START = re.compile(r"[0-9a-f]{4,32}", re.ASCII)
DIGEST_START = re.compile(r"(?:sha256:)?([0-9a-f]{8,64})", re.ASCII)
SYNONYMS = {"?": "help", "roll-back": "rollback"}
TWO_WORDS = {("roll", "back"): "rollback", ("control", "plane"): "control-plane"}


def parse(text: str) -> Command:
    """Return the command that somebody has typed; nothing asks for help.

    Raises ``Misunderstood``, whose message says what to type.
    """
    typed, reason = words_of(text)
    words, accept = _accepting(_joined(typed))
    if not words:
        return Help()
    if tuple(word.lower for word in words) == ("who", "am", "i"):
        return WhoAmI()
    verb = SYNONYMS.get(words[0].lower, words[0].lower)
    if verb == "plan":
        return replace(_planned(words[1:], reason), accept=accept)
    if verb in CHANGES or verb in KINDS:
        return replace(_change(verb, words[1:], reason), accept=accept)
    if accept and verb != "retry":
        said = short(verb, 40)
        misunderstood(f"cannot say accepting with {said}: it is for changes and retry", verb)
    if reason and verb != "reject":
        said = short(verb, 40)
        misunderstood(f"cannot say because with {said}: it is for changes and reject", verb)
    if verb in OF_JOBS:
        return replace(_of_job(verb, words[1:], reason), accept=accept)
    if verb == "help":
        return Help(_one_of_help(words[1:]))
    if verb == "quorum":
        return quorum_said(words[1:])
    if verb == "whoami":
        _nothing_more(verb, words[1:])
        return WhoAmI()
    if verb in {"status", "jobs"}:
        rest = after_articles(words[1:])
        cluster = cluster_of(rest[0], verb) if rest else ""
        _nothing_more(verb, rest[1:])
        return Status(cluster) if verb == "status" else Jobs(cluster)
    near = nearest(words[0].text, {*USAGES, *KINDS})
    raise Misunderstood(
        f"cannot understand {short(words[0].text, 80)}: {near or 'it is no command.'} Type help "
        "for all commands"
    )


def printed(command: Command) -> str:
    """Return a command as it is typed; parsed again, it is the same."""
    match command:
        case ChangeOf():
            words = ["plan"] if command.is_plan else []
            words += ["change", command.kind, written(command.cluster)]
            words += said_of(command.kind, command.params)
            words += _said_accepting(command.accept)
            words += ["because", command.reason] if command.reason else []
        case OfJob():
            words = [command.verb, command.job, command.digest, *_said_accepting(command.accept)]
            words += ["because", command.reason] if command.reason else []
        case Help():
            words = ["help", command.topic]
        case Status() | Jobs():
            cluster = command.cluster and written(command.cluster)
            words = [type(command).__name__.lower(), cluster]
        case Quorum():
            words = quorum_words(command)
        case WhoAmI():
            words = ["whoami"]
    return " ".join(filter(None, words))


def _accepting(words: Words) -> tuple[Words, tuple[str, ...]]:
    """Return the words before ``accepting``, and the codes behind it."""
    at = next((n for n, word in enumerate(words) if word.lower == ACCEPTING), len(words))
    codes = names_of(words[at + 1 :])
    if at < len(words) and not codes:
        raise Misunderstood("cannot accept nothing: type accepting CODE, as the plan tells it")
    for code in codes:
        if code not in ACCEPTABLE:
            told = nearest(code, ACCEPTABLE) or "a plan tells which may be accepted."
            raise Misunderstood(
                f"cannot accept {short(code, 80)}: {told} Type plan and the change to see them"
            )
    return words[:at], tuple(sorted(set(codes)))


def _said_accepting(codes: Sequence[str]) -> list[str]:
    return [ACCEPTING, ",".join(codes)] if codes else []


def _joined(words: Words) -> list[Word]:
    """Return the words, two that mean one as one."""
    found: list[Word] = []
    for word in words:
        pair = (found[-1].lower if found else "", word.lower)
        if pair in TWO_WORDS:
            found[-1] = Word(TWO_WORDS[pair])
        else:
            found.append(word)
    return found


def _planned(words: Words, reason: str) -> ChangeOf:
    if not words or not (words[0].lower in CHANGES or words[0].lower in KINDS):
        misunderstood("cannot plan that: name a change", "plan")
    found = _change(words[0].lower, words[1:], reason)
    return ChangeOf(found.kind, found.cluster, found.params, found.reason, is_plan=True)


def _change(verb: str, words: Words, reason: str) -> ChangeOf:
    friendly = FRIENDLY.get(verb)
    has_fields = verb in KINDS and any("=" in word.text for word in words)
    if friendly and not has_fields:
        kind, cluster, params = friendly(words)
        return ChangeOf(kind, cluster, checked(KINDS[kind], params), reason)
    if verb == "change":
        if not words:
            misunderstood("cannot change nothing: name a kind and a cluster", verb)
        if words[0].lower not in KINDS:
            near = nearest(words[0].text, KINDS) or f"kinds are {', '.join(sorted(KINDS))}."
            said = short(words[0].text, 80)
            raise Misunderstood(f"cannot use {said} as a kind of change: {near} Type help change")
        verb, words = words[0].lower, words[1:]
    if not words:
        raise Misunderstood(f"cannot {verb} nothing: name a cluster; type {verb} CLUSTER")
    params = params_said(KINDS[verb], words[1:])
    return ChangeOf(verb, cluster_of(words[0], "change"), params, reason)


def _of_job(verb: str, words: Words, reason: str) -> OfJob:
    rest = after_articles(words)
    if not rest:
        misunderstood(f"cannot {verb}: name a job by the first signs of its id", verb)
    job = rest[0].text.lstrip("#").casefold()
    if not JOB_START.fullmatch(job):
        misunderstood(f"cannot use {short(job, 40)} as a job: give 4 or more signs of its id", verb)
    digest = ""
    if verb == "approve" and len(rest) > 1:
        found = DIGEST_START.fullmatch(rest[1].text.casefold())
        if not found:
            said = short(rest[1].text, 80)
            misunderstood(f"cannot use {said} as a digest: give 8 or more signs", verb)
        digest, rest = found[1], rest[:1]
    _nothing_more(verb, rest[1:])
    return OfJob(verb, job, digest, reason)


def _one_of_help(words: Words) -> str:
    if not words:
        return ""
    topic = words[0].text.casefold()
    if topic not in USAGES and topic not in KINDS:
        near = nearest(topic, {*USAGES, *KINDS}) or "there is no such command."
        raise Misunderstood(f"cannot tell of {short(topic, 80)}: {near} Type help for all commands")
    return topic


def _nothing_more(verb: str, words: Words) -> None:
    if words:
        misunderstood(f"cannot use {short(words[0].text, 80)} with {verb}", verb)
