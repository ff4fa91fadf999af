"""The words of what somebody has typed, without what only is polite, and its reason; pure."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from cluster.printable import short

LONGEST = 2000
"""Signs of a command, as the shortest of the chats takes."""
LONGEST_REASON = 1000
QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"'})
"""What phones and chats make of a quotation mark."""
_WORD = re.compile(r'(?:"[^"]*"|[^\s"])+')
BECAUSE, ACCEPTING = "because", "accepting"
POLITE = frozenset(
    {"please", "pls", "kindly", "hey", "hi", "hello", "can", "could", "you", "ok", "okay", "now"}
)
"""Words before a command that say nothing."""
THANKS = frozenset({"please", "pls", "thanks", "thank", "you", "now"})
"""Words behind one."""
ARTICLES = frozenset({"the", "a", "an", "cluster", "node", "nodes", "host", "hosts", "job"})
"""Words before a name, where more words follow."""
LINKS = frozenset({"to", "into", "in", "of", "from", "and", "by", "with", "force"})
ALSO = frozenset({"and", "&", "+"})
"""Words between names."""
ENDINGS = ".!?,;:"
"""Signs behind the first word and the last one that say nothing."""


class Misunderstood(Exception):
    """What was typed is no command; the message says what to type."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word; whoever quotes it means it as it is."""

    text: str
    is_quoted: bool = False

    @property
    def lower(self) -> str:
        """As it is compared with words of the grammar; what is quoted is none of them."""
        return "" if self.is_quoted else self.text.casefold()


def words_of(text: str) -> tuple[tuple[Word, ...], str]:
    """Return the words of a command without what only is polite, and the reason that it ends with.

    Raises ``Misunderstood`` for what is too long, or has a quotation mark too few.
    """
    if len(text) > LONGEST:
        raise Misunderstood(
            f"cannot read a command of {len(text)} signs: {LONGEST} at most; say it in fewer words"
        )
    found: list[Word] = []
    reason, end = "", 0
    plain = text.translate(QUOTES)
    for match in _WORD.finditer(plain):
        if not found and match[0].startswith("/"):
            end = match.end()
            continue  # the word by which the chat calls us
        if match[0].casefold() == BECAUSE:
            reason, end = text[match.end() :], len(text)
            break
        if '"' in plain[end : match.start()]:
            break
        found.append(Word(match[0].replace('"', ""), '"' in match[0]))
        end = match.end()
    if '"' in plain[end:]:
        raise Misunderstood(
            'cannot read the command: a quotation mark is open; close it, as in help "add"'
        )
    return _without_politeness(found), short(" ".join(reason.split()), LONGEST_REASON)


def _without_politeness(words: list[Word]) -> tuple[Word, ...]:
    first, last = 0, len(words)
    while first < last and words[first].lower.strip(",") in POLITE:
        first += 1
    while last > first and words[last - 1].lower.strip(ENDINGS + ",") in THANKS:
        last -= 1
    kept = words[first:last]
    for place in {0, len(kept) - 1} if kept else ():
        if not kept[place].is_quoted:
            kept[place] = Word(kept[place].text.rstrip(ENDINGS))
    return tuple(word for word in kept if word.text or word.is_quoted)


def written(text: str) -> str:
    """Return one word as it has to be typed, so that it is taken as it is."""
    special = POLITE | THANKS | ARTICLES | LINKS | {BECAUSE, ACCEPTING}
    plain = re.fullmatch(r"[^\s\",/][^\s\",]*", text) is not None
    if plain and text.casefold() not in special and text[-1] not in ENDINGS:
        return text
    return f'"{text}"'


def nearest(word: str, known: Collection[str]) -> str:
    """Return what may have been meant, as the end of a sentence, or nothing.

    Rather a name that goes on from the word, ``destroy-cluster`` from ``destroy``.
    """
    low = word.casefold()
    longer = [name for name in sorted(known) if name.startswith(f"{low}-")]
    near = longer or get_close_matches(low, sorted(known), 1)
    return f"did you mean {near[0]}?" if near else ""


def names_of(words: Sequence[Word]) -> list[str]:
    """Return the names of a list such as ``n4, n5 and n6``."""
    found: list[str] = []
    for word in words:
        if word.is_quoted:
            found.append(word.text)
        elif word.lower not in ARTICLES | ALSO or len(words) == 1:
            found += [part.casefold() for part in word.text.split(",") if part]
    return found
