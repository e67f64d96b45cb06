"""The reader's edge: texts with the codes that are found in them, and positions as people write them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tests.vectors.making import held, seal, text, token

HOSTS = ("khatm.example", "localhost:8000")
NUMBER = "ALX-MN1-2026-0000001-M"


class TextVector(NamedTuple):
    """A text that a person hands over, and what is to be judged in it."""

    name: str
    why: str
    text: str
    found: tuple[str, ...]
    hosts: tuple[str, ...] = HOSTS
    prefix: str = "ALX"


class PositionVector(NamedTuple):
    """A position as somebody wrote it: latitude, longitude and accuracy, or the code of what is wrong with it."""

    name: str
    text: str
    expected: tuple[float, float, float] | str


def texts() -> Iterator[TextVector]:
    yield from _around()
    yield from _broken()
    yield from _written()
    yield from _several()
    yield from _others()
    yield from _elsewhere()


def _around() -> Iterator[TextVector]:
    good = seal()
    for name, around in (
        ("nothing", "{}"),
        ("words before", "انظر {}"),
        ("guillemets and a full stop", "انظر «{}».\n"),
        ("Arabic words without a blank", "الرابط:{}،شكراً"),
        ("an Arabic question mark", "هل هذا صحيح {}؟"),
        ("English quotes", 'The code "{}", please check.'),
        ("typographic quotes", "“{}”"),
        ("a trailing slash", "{}/"),
        ("a trailing dot", "{}."),
        ("a further path", "{}/2"),
        ("a query that a network added", "{}?fbclid=IwAR0x&utm_source=wa"),
        ("a fragment", "{}#top"),
        ("angle brackets", "<{}>"),
        ("a link in Markdown", "[license]({})"),
        ("a link in HTML", '<a href="{}">x</a>'),
        ("a telephone on the next line", "{}\n034801234"),
        ("a house number behind it", "{} 12 شارع فؤاد"),
        ("another link before", "https://www.facebook.com/12345 {}"),
        ("our home page before", "https://khatm.example/ {}"),
        ("marks of direction", "\u202b\u200f{}\u202c"),
        ("a byte order mark", "\ufeff{}"),
    ):
        yield TextVector(name, "what stands around a code is not the code", around.format(good), (good,))


def _broken() -> Iterator[TextVector]:
    good = seal()
    for size in (1, 7, 20, 24, 30, 76):
        lines = [good[start : start + size] for start in range(0, len(good), size)]
        yield TextVector(f"lines of {size}", "messengers and mail break long words", "\n".join(lines), (good,))
    lines = [good[start : start + 70] for start in range(0, len(good), 70)]
    yield TextVector("lines of a quoted mail", "each begins with >", "> " + "\n> ".join(lines), (good,))
    yield TextVector("lines of a raw mail", "quoted-printable ends each with =", "=\r\n".join(lines), (good,))
    yield TextVector("lines within a sentence", "words before and behind", f"see {chr(10).join(lines)} thanks", (good,))
    yield TextVector("lines and a telephone", "only what makes it whole belongs to it", "\n".join((*lines, "034801234")), (good,))
    yield TextVector("zero-width spaces", "U+200B behind every character", "\u200b".join(good), (good,))
    yield TextVector(
        "no-break spaces", "U+00A0 in groups of four", good[:24] + "\xa0".join(good[i : i + 4] for i in range(24, len(good), 4)), (good,)
    )
    other = text(token(held()), "KHATM.ALEX.EXAMPLE")
    yield TextVector(
        "broken within a host", "its second part is no host", other[:16] + "\n" + other[16:], (other,), ("khatm.alex.example",)
    )


def _written() -> Iterator[TextVector]:
    good = seal()
    arabic, persian = ({48 + value: zero + value for value in range(10)} for zero in (0x660, 0x6F0))
    for name, why, written in (
        ("Arabic-Indic digits", "as a keyboard or a message shows them", good.translate(arabic)),
        ("Persian digits", "U+06F0 to U+06F9", good.translate(persian)),
        ("both digits", "one half each", good[:200] + good[200:].translate(arabic)),
        ("http", "the scheme is ours to write", good.replace("https", "http")),
        ("no scheme", "as browsers show addresses", good.replace("https://", "")),
        ("www.", "which our host has not", good.replace("https://", "https://www.")),
        ("www. and no scheme", "as people write addresses", good.replace("https://", "WWW.")),
        ("lower case", "hosts have none", good.lower()),
        ("upper case", "nor have schemes", good.upper()),
    ):
        yield TextVector(name, why, written, (good,))
    yield TextVector(
        "www. that is ours",
        "then it stays",
        good.replace("KHATM", "WWW.KHATM"),
        (good.replace("KHATM", "WWW.KHATM"),),
        ("www.khatm.example",),
    )
    receipt = "https://KHATM.EXAMPLE/R1" + "7" * 300
    yield TextVector("a receipt", "found as seals are", f"إيصال: {receipt.lower()}.", (receipt,))
    notice = "https://KHATM.EXAMPLE/N1" + "7" * 300
    yield TextVector("a notice", "found as seals are", f"إخطار: {notice.lower()}.", (notice,))
    yield TextVector("a notice, broken behind its letter", "a gap may be anywhere", notice.replace("/N1", "/N\n1"), (notice,))


def _several() -> Iterator[TextVector]:
    first, second, cut = seal(serial=11), seal(serial=12), seal(serial=13)[:120]
    foreign = seal().replace("KHATM", "EVIL")
    for name, why, written, found in (
        ("two codes", "two verdicts", f"{first}\n{second}", (first, second)),
        ("two codes, a comma between", "no blank is needed", f"{first},{second}", (first, second)),
        ("one code twice", "one verdict", f"{first}\n{first.lower()}", (first,)),
        ("a code and a cut-off one", "neither hides the other", f"{first}\n{cut}", (first, cut)),
        ("a code and our digits elsewhere", "the worse one must be told", f"{first} {foreign}", (first, foreign)),
    ):
        yield TextVector(name, why, written, found)


def _others() -> Iterator[TextVector]:
    good = seal()
    for name, why, written, found in (
        ("blank", "nothing to judge", " \u200f\n", ()),
        ("a menu", "all of it", " https://example.org/menu/12 ", "https://example.org/menu/12"),
        ("words", "blanks become one", "مخبز  النور\n\nشارع 12", "مخبز النور شارع 12"),
        ("a cut-off code", "what there is of it", f"انظر {good[:200]}", good[:200]),
        ("the start of a code", "a path of ours that begins with a digit", good[:24], good[:24]),
        ("our home page", "no code", "https://khatm.example/", "https://khatm.example/"),
        ("a number", "in its usual form", NUMBER, NUMBER),
        ("a number in words", "Arabic digits, blanks, lower case", "ترخيص رقم alx mn1 ٢٠٢٦ ٠٠٠٠٠٠١ m من فضلك", NUMBER),
        ("a number without hyphens", "as it is typed in haste", "ALXMN120260000001M", NUMBER),
        ("a number with long hyphens", "U+2013, as editors make them", NUMBER.replace("-", "–"), NUMBER),
        ("a number beside a code", "the code counts", f"{NUMBER} {good}", good),
        ("digits alone", "the front of a code was lost", "12 34\n" + good[-300:], "1234" + good[-300:]),
        (
            "inside another address",
            "a link that names ours is somebody else's",
            f"https://evil.example/?u={good}",
            f"https://evil.example/?u={good}",
        ),
        ("behind a name", "user and password", good.replace("KHATM", "u@KHATM"), good.replace("KHATM", "u@KHATM")),
        ("a letter that looks like ours", "U+212A KELVIN SIGN", good.replace("KHATM", "\u212aHATM"), good.replace("KHATM", "\u212aHATM")),
        (
            "another host without a scheme",
            "our digits, somebody else's page",
            good.replace("https://KHATM", "evil"),
            good.replace("KHATM", "EVIL"),
        ),
    ):
        yield TextVector(name, why, written, (found,) if isinstance(found, str) else found)


def _elsewhere() -> Iterator[TextVector]:
    giza = NUMBER.replace("ALX", "GIZ")
    for name, why, written, found, prefix in (
        ("a number of another governorate", "it stands apart", giza, giza, "ALX"),
        ("another governorate's in words", "Arabic digits, blanks, lower case", "رقم giz mn1 ٢٠٢٦ ٠٠٠٠٠٠١ m من فضلك", giza, "ALX"),
        ("ours in Giza", "as it is typed in haste", "gizmn120260000001m", giza, "GIZ"),
        ("another's behind ours", "ours counts", f"{giza} {NUMBER}", NUMBER, "ALX"),
        ("ours behind another's", "ours counts", f"{giza} {NUMBER}", giza, "GIZ"),
        ("another's without hyphens", "nobody knows where its prefix ends", "GIZMN120260000001M", "GIZMN120260000001M", "ALX"),
        ("ours of two letters", "no longer than it is", "G2MN120260000001M", NUMBER.replace("ALX", "G2"), "G2"),
        ("an application's number", "no license has it", NUMBER.replace("ALX", "APP"), NUMBER.replace("ALX", "APP"), "ALX"),
        ("a notice's number", "no license has it", NUMBER.replace("ALX", "VIO"), NUMBER.replace("ALX", "VIO"), "ALX"),
        ("an application's, then another's", "what is none is passed over", f"APP-MN1-2026-0000001-M {giza}", giza, "ALX"),
    ):
        yield TextVector(name, why, written, (found,), prefix=prefix)


def positions() -> Iterator[PositionVector]:
    there = (31 + 12 / 60 + 34 / 3600, 29 + 55 / 60 + 12 / 3600, 15.0)
    for name, written, expected in (
        ("two numbers in one box", "31.2001, 29.9187", (31.2001, 29.9187, 15.0)),
        ("a blank between", "31.2001 29.9187", (31.2001, 29.9187, 15.0)),
        ("Arabic digits and comma", "٣١٫٢٠٠١، ٢٩٫٩١٨٧", (31.2001, 29.9187, 15.0)),
        ("Persian digits", "۳۱.۲۰۰۱, ۲۹.۹۱۸۷", (31.2001, 29.9187, 15.0)),
        ("marks of direction", "\u200e31.2001,\u00a029.9187\u200f", (31.2001, 29.9187, 15.0)),
        ("an accuracy behind", "31.2750,30.0050,8", (31.275, 30.005, 8.0)),
        ("degrees, minutes, seconds", "31°12'34\"N 29°55'12\"E", there),
        ("primes and blanks", "31° 12′ 34″ N, 29° 55′ 12″ E", there),
        ("two apostrophes", "31°12'34''N 29°55'12''E, 8", (*there[:2], 8.0)),
        ("longitude first, and says so", "29°55'12\"E, 31°12'34\"N", there),
        ("Arabic sides", "٣١°١٢'٣٤\" شمالاً، ٢٩°٥٥'١٢\" شرقاً", there),
        ("Arabic letters", "31°12'34\" ش، 29°55'12\" ق", there),
        ("sides in front", "N 31.2 E 29.9", (31.2, 29.9, 15.0)),
        ("minutes with a fraction", "31°12.57'N 29°55.2'E", (31 + 12.57 / 60, 29 + 55.2 / 60, 15.0)),
        ("south and west", "33.5 S, 18.4 W", (-33.5, -18.4, 15.0)),
        ("signs", "-33.5, +18.4", (-33.5, 18.4, 15.0)),
        ("one number", "31.2001", "fix_invalid"),
        ("a decimal comma", "31,275", "fix_invalid"),
        ("two decimal commas", "31,2001, 29,9187", "fix_invalid"),
        ("whole numbers", "31, 29", "fix_invalid"),
        ("one side", "31.2 N, 29.9", "fix_invalid"),
        ("two latitudes", "31.2 N, 29.9 N", "fix_invalid"),
        ("a sign and a side", "-31.2 S, 29.9 E", "fix_invalid"),
        ("sixty minutes", "31°60'N 29°55'E", "fix_invalid"),
        ("sixty seconds", "31°12'60\"N 29°55'12\"E", "fix_invalid"),
        ("a fraction before minutes", "31.5°12'N 29°55'E", "fix_invalid"),
        ("an exponent", "3.1e1, 29.9", "fix_invalid"),
        ("a negative accuracy", "31.2,29.9,-5", "fix_invalid"),
        ("four numbers", "31.2,29.9,5,7", "fix_invalid"),
        ("nothing", "", "fix_invalid"),
        ("a map's link", "https://maps.example/?q=31.2,29.9", "fix_invalid"),
        ("too long", "31.2, 29.9" + " " * 200, "fix_invalid"),
        ("beyond the pole", "90.1, 29.9", "latitude_range"),
        ("beyond the date line", "31.2, 180.1", "longitude_range"),
    ):
        yield PositionVector(name, written, expected)
