"""The reader's edge: the codes within any text that a person hands over (docs/format.md §13).

People paste messages, not codes: with words around them, broken into lines, in the digits of their keyboard, with marks that nobody sees.
The text of a seal itself stays as strict as §4.1 has it: what is found here is written in that form, and then judged.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from . import cose, slips, wire
from .errors import FormatError
from .license import prefix_of

LOOKED_AT = 16_384  # code points
FOUND_MOST = 16
PIECES_MOST = 32  # runs of digits, of one code, behind which its end is looked for

#: Soft hyphen, joiners, zero-width characters, marks of direction, variation selectors: what phones add and nobody sees.
_MARKS = re.compile("[\xad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")
_DIGITS = {zero + value: str(value) for zero in (0x660, 0x6F0) for value in range(10)}
_BLANK = "\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_GAP = f"[{_BLANK}>=]"  # also how mail marks what it quotes (>) and where it broke a line (=)
_GAPS, _BLANKS = re.compile(f"{_GAP}+"), re.compile(f"[{_BLANK}]+")
_RUNS = f"[0-9]+(?:{_GAP}{{1,16}}[0-9]+)*"
_DIGIT = "0-9\u0660-\u0669\u06f0-\u06f9"
_ONLY_DIGITS = re.compile(f"{_GAP}*[{_DIGIT}][{_DIGIT}{_BLANK}>=]*").fullmatch
_LINK = re.compile(f"([Hh][Tt][Tt][Pp][Ss]?://)?([A-Za-z0-9][A-Za-z0-9.-]{{0,63}}(?::[0-9]{{1,5}})?)/([NnRr]?{_RUNS})")
_G = f"{_GAP}{{0,16}}"
_SCHEME = _G.join(("[Hh]", "[Tt]", "[Tt]", "[Pp]", "[Ss]?", ":", "/", "/", ""))
_BROKEN = re.compile(f"({_SCHEME})((?:[A-Za-z0-9.-]{_G}){{1,64}}(?::{_G}(?:[0-9]{_G}){{1,5}})?)/{_G}((?:[NnRr]{_G})?{_RUNS})")
#: A link that begins behind one of these is part of something larger, such as another address that names ours.
_WITHIN = re.compile("[A-Za-z%&+./=?@_~#-]").match
#: Without a scheme it must stand by itself: behind a blank, or something that opens or divides.
_APART = re.compile(f"[{_BLANK}!\"$'()*,:;<>[\\\\\\]^`{{|}}«“‘،؛]").match
_DIVIDES = f"[{_BLANK}_\\-\u2010-\u2015\u2212]"
_BEHIND_PREFIX = "{h}([A-Za-z][A-Za-z0-9]{{1,3}}){h}(2[0-9]{{3}}){h}([0-9]{{7,8}}){h}([0-9A-Za-z])(?![A-Za-z0-9])"


def _number_pattern(prefix: str, between: str) -> re.Pattern[str]:
    return re.compile(f"(?:^|[^A-Za-z0-9])({prefix}){_BEHIND_PREFIX.format(h=_DIVIDES + between)}")


#: Of any governorate: its parts must stand apart, for nobody knows how long its prefix is.
_ANY_NUMBER = _number_pattern("[A-Za-z][A-Za-z0-9]{1,3}", "{1,2}")


@lru_cache(maxsize=8)
def _our_number(prefix: str) -> re.Pattern[str]:
    return _number_pattern("".join(f"[{letter}{letter.lower()}]" for letter in prefix), "{0,2}")


class _Link(NamedTuple):
    """What looks like a link: whether it has a scheme, its host (lower-case), its path."""

    named: bool
    host: str
    path: str

    @property
    def long(self) -> bool:
        """Whether it has as many digits as one of our codes."""
        return sum(map(str.isdigit, self.path)) > wire.DIGITS_MIN


def find(text: str, hosts: Collection[str], prefix: str) -> tuple[str, ...]:
    """Return what is to be judged in `text`, each once: its seals and slips, else a license number, else all of it; nothing if blank.

    `hosts` (lower-case) are the hosts whose codes are ours, `prefix` stands before our license numbers. Work is bounded:
    `LOOKED_AT` code points are looked at.
    """
    if _is_bare(text, hosts):
        return (text,)
    clean = _MARKS.sub("", text[:LOOKED_AT]).translate(_DIGITS)
    codes = tuple(dict.fromkeys(_codes(clean, hosts)))[:FOUND_MOST]
    if codes:
        return codes
    if number := _number(clean, prefix):
        return (number,)
    bare = _GAPS.sub("", clean)
    rest = bare if bare.isascii() and bare.isdigit() else _BLANKS.sub(" ", clean).strip(" ")
    return (rest,) if rest else ()


def _is_bare(text: str, hosts: Collection[str]) -> bool:
    """Say whether a text is a code of ours as §4.1 writes it and nothing else, as programs send it: then nothing has to be looked for."""
    start, _, path = text.rpartition("/")
    if not (path.isascii() and path.isdigit() and len(text) <= LOOKED_AT):
        return False
    host = wire.host_of(start)
    return host is not None and host in hosts and start == "https://" + host.upper()


def _number(text: str, prefix: str) -> str | None:
    """Return the first of our license numbers in `text`, else the first of another governorate, in its usual form; None without any."""
    if number := _our_number(prefix).search(text):
        return "-".join(number.groups()).upper()
    written = ("-".join(number.groups()).upper() for number in _ANY_NUMBER.finditer(text))
    return next(filter(prefix_of, written), None)


def recognised(text: str, hosts: Collection[str], prefix: str) -> bool:
    """Say whether `text`, which may be the name of a file, holds a code or a license number."""
    return any(wire.ours(found) or slips.letter_of(found) or prefix_of(found) for found in find(text, hosts, prefix))


def messages(lines: Iterable[str]) -> Iterator[str]:
    """Yield messages of one line each, but that lines of nothing but digits belong to the code in the line before."""
    message = ""
    for line in lines:
        if message and _ONLY_DIGITS(line) and len(message) < LOOKED_AT:
            message += line
            continue
        if message:
            yield message
        message = line
    if message:
        yield message


def _codes(text: str, hosts: Collection[str]) -> list[str]:
    """Return the codes in links that name our host or are as long as our codes; in what is left those that were broken within scheme or
    host; in what is left then those of other hosts without a scheme, for a part of a broken host looks like one.
    """
    found, rest = _taken(_LINK, text, lambda link: link.host in hosts or (link.named and link.long), hosts)
    broken, rest = _taken(_BROKEN, rest, lambda link: link.long, hosts)
    bare, _ = _taken(_LINK, rest, lambda link: link.long and not link.host.isalnum(), hosts)
    return [*found, *broken, *bare]


def _taken(pattern: re.Pattern[str], text: str, counts: Callable[[_Link], bool], hosts: Collection[str]) -> tuple[list[str], str]:
    """Return the codes of the links that count, and the text without them."""
    codes, left, end = [], [], 0
    for match in _links(pattern, text):
        link = _Link(bool(match[1]), _host(_GAPS.sub("", match[2]), hosts), match[3])
        if link.host and counts(link):
            codes.append(_written(link.host, link.path))
            left.append(text[end : match.start()])
            end = match.end()
    return codes, "|".join((*left, text[end:]))


def _links(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """Yield what looks like a link and is no part of something larger."""
    place = 0
    while match := pattern.search(text, place):
        before = text[match.start() - 1 : match.start()]
        alone = not before or (not _WITHIN(before) if match[1] else _APART(before))
        if alone:
            yield match
        place = match.end() if alone else match.start() + 1


def _host(written: str, hosts: Collection[str]) -> str:
    """Return the host, lower-case, without a `www.` that ours has not; "" for what is no host."""
    host = written.lower()
    if host not in hosts and host.removeprefix("www.") in hosts:
        host = host.removeprefix("www.")
    return wire.host_of(f"https://{host}") or ""


def _written(host: str, path: str) -> str:
    """Return a code as §4.1 writes it, up to the first run of digits with which it is whole: what follows is a house or a telephone."""
    start = f"https://{host.upper()}/"
    text = start
    pieces = _GAPS.sub(" ", path).upper().replace("R ", "R").replace("N ", "N").split(" ")
    for count, piece in enumerate(pieces):
        text += piece
        if len(pieces) > 1 and count < PIECES_MOST and _whole(text):
            return text
    return text


def _whole(text: str) -> bool:
    """Say whether a code can be taken apart to the end, whatever it then says."""
    try:
        octets = slips.octets(text)
        if octets is not None:
            cose.from_bytes(octets)
        else:
            wire.token(text)
    except FormatError:
        return False
    return True
