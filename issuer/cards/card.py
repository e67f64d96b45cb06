"""The license card: one page, both languages, with the code, the essentials, the site and the address in words. SVG."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from qr.write import Code
from seal import sentences
from seal.catalogue import Language
from seal.claims import Claims, position_text
from seal.site import Site
from seal.trust import Key, TrustList

from . import glyphs, typesetting

_WIDTH, _HEIGHT, _MARGIN = 210, 148.5, 12  # A5 landscape, millimetres
CODE_MM = 64  # of a code at level M, quiet zone included; one at Q gets its module size and is wider
_CODE_TOP = 36
_BODY_TOP, _BODY_BOTTOM = 34.0, 140.0
_GAP = 6  # between code and words
_FONT = "Cairo, 'Noto Sans Arabic', 'Segoe UI', Tahoma, 'DejaVu Sans', sans-serif"
_INK, _FAINT, _RULE = "#10241f", "#4c5f59", "#0b6b50"
_LABEL_MM, _LINE = 3.1, 1.3  # size of labels, and height of a line in sizes
_SIZES, _MOST_LINES = (5.0, 4.5, 4.0, 3.5, 3.0), 3
_SHORTEST_GAP, _LONGEST_GAP = 1.2, 3.4
_CODES_SHOWN = 4
_NUMBERS = frozenset({"label_site", "label_first_day", "label_last_day"})


def svg(code: Code, held: Claims, *, host: str, key: Key, trust: TrustList, code_mm: float = CODE_MM) -> str:
    """Return the card of one seal: `code` as it is printed, `code_mm` wide, `held` the same as claims. Names come from the trust list."""
    names = ((key.name, 17.0, 7.0, 5.0, 700, _INK), (_names(trust.types, held.type), 26.0, 5.5, 4.5, 400, _RULE))
    number = held.number_in(trust.governorate.prefix)
    head = "\n".join(
        _words(name["ar"], _WIDTH - _MARGIN, y, size=_within(name["ar"], large), weight=weight, language="ar", fill=fill)
        + _words(name["en"], _MARGIN, y - 1, size=_within(name["en"], small), weight=weight, language="en", fill=fill)
        for name, y, large, small, weight, fill in names
    )
    # The code comes last, on white of its own: whatever fonts do, nothing covers it.
    return f"""<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}mm" height="{_HEIGHT}mm"
 viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="{_FONT}">
<title>{escape(number)}</title>
<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>
<rect x="4" y="4" width="{_WIDTH - 8}" height="{_HEIGHT - 8}" rx="3" fill="none" stroke="{_RULE}" stroke-width="0.8"/>
{head}
<line x1="{_MARGIN}" x2="{_WIDTH - _MARGIN}" y1="31" y2="31" stroke="{_RULE}" stroke-width="0.5"/>
{_body(list(_rows(held, trust=trust)), _WIDTH - 2 * _MARGIN - code_mm - _GAP)}
<svg x="{_MARGIN}" y="{_CODE_TOP}" width="{code_mm:g}" height="{code_mm:g}" viewBox="0 0 {code.side} {code.side}">
<rect width="{code.side}" height="{code.side}" fill="#fff"/><path d="{code.path}" shape-rendering="crispEdges"/></svg>
{_beneath(code, held, number, host, code_mm)}
</svg>
"""


def _beneath(code: Code, held: Claims, number: str, host: str, code_mm: float) -> str:
    """Return the lines below the code: the number, what to do, from where it reads, whom to trust."""
    middle, y = _MARGIN + code_mm / 2, _CODE_TOP + code_mm
    reach = f"{code.reach_m(code_mm):g}"
    lines: list[tuple[str, float, float, Language, str, int]] = [
        (number, 6, 4.2, "en", _INK, 700),
        ("صوّر الرمز للتحقق، ولا تثق إلا في الموقع", 12, 3.4, "ar", _FAINT, 400),
        ("Scan to check; trust only this site", 16, 3.2, "en", _FAINT, 400),
        (f"يُقرأ حتى {reach} م · Reads up to {reach} m", 20.2, 2.9, "ar", _FAINT, 400),
        (host, 26, _within(host, 4.6, code_mm), "en", _INK, 700),
    ]
    drawn = [
        _words(text, middle, y + down, size=size, weight=weight, language=language, anchor="middle", fill=fill)
        for text, down, size, language, fill, weight in lines
    ]
    return "\n".join([*drawn, _undrawn(held, middle, y, code_mm)])


def _undrawn(held: Claims, middle: float, top: float, code_mm: float) -> str:
    """Return lines that name the characters of the seal which the fonts of whoever prints may lack, "" if there are none.

    Fonts are not ours to know here: what Cairo has, the fonts that come with every system have too.
    """
    codes = glyphs.missing(held.trade_name + held.activity + held.holder + held.address, "Cairo")
    if not codes:
        return ""
    more = f" +{len(codes) - _CODES_SHOWN}" if len(codes) > _CODES_SHOWN else ""
    words, named = "حروف في الختم قد لا تظهر هنا · Sealed, may not show", " ".join(codes[:_CODES_SHOWN]) + more
    return "\n".join(
        _words(line, middle, y, size=_within(line, 2.6, code_mm), language=typesetting.direction(line), anchor="middle", fill=_FAINT)
        for line, y in ((words, top + 29), (named, top + 32))
    )


def _rows(held: Claims, *, trust: TrustList) -> Iterator[tuple[str, str]]:
    """Yield label and value, from top to bottom."""
    license_ = held.license
    yield "label_trade_name", license_.trade_name
    yield "label_activity", _both(trust.activities, license_.activity)
    yield "label_holder", license_.holder
    yield "label_address", license_.address
    if license_.details:
        sizes = (f"{sentences.say(name, 'ar')} {amount(name, size, 'ar')}" for name, size in license_.details.items())
        yield "label_details", "، ".join(sizes)
    yield "label_site", place(license_.site)
    yield "label_first_day", license_.first_day.isoformat()
    if license_.last_day:
        yield "label_last_day", license_.last_day.isoformat()
    else:
        yield "label_last_day", f"{sentences.say('label_open_ended', 'ar')} · {sentences.say('label_open_ended', 'en')}"


def place(site: Site, gap: str = "  ") -> str:
    """Return where it is and, behind `gap`, how far it reaches: a radius, or the extent of an outline (east by north), in metres."""
    position = position_text(site.point)
    if not site.footprint:
        return f"{position}{gap}± {site.radius_m} m"
    east, north = ((max(side) - min(side)) / 10 for side in zip(*site.footprint, strict=True))
    return f"{position}{gap}·{gap}{east:.0f} × {north:.0f} m"


def amount(name: str, value: int, language: Language) -> str:
    """Return a detail of a license as people write it: sizes in metres, the rest as it is."""
    return f"{value / 100:g} {'م' if language == 'ar' else 'm'}" if name.endswith("_cm") else str(value)


def _names(names: Mapping[str, Mapping[str, str]], code: str) -> Mapping[str, str]:
    """Return the names of a type in both languages; one without names stands for itself."""
    return names.get(code, {"ar": code, "en": code})


def _both(names: Mapping[str, Mapping[str, str]], code: str) -> str:
    return f"{names[code]['ar']} · {names[code]['en']}" if code in names else code


def _body(rows: Sequence[tuple[str, str]], width: float) -> str:
    """Return the rows, each a label and as many lines as it needs, spread over the height there is."""
    for smaller in range(len(_SIZES)):  # all of them smaller, rather than row upon row
        settings = [typesetting.fit(value, width, sizes=_SIZES[smaller:], most_lines=_MOST_LINES) for _, value in rows]
        taken = sum(_LABEL_MM * _LINE + len(setting.lines) * setting.size * _LINE for setting in settings)
        gap = min(_LONGEST_GAP, (_BODY_BOTTOM - _BODY_TOP - taken) / len(rows))
        if gap >= _SHORTEST_GAP:
            break
    drawn, y = [], _BODY_TOP
    for (label, value), setting in zip(rows, settings, strict=True):
        y += gap + _LABEL_MM * _LINE
        title = f"{sentences.say(label, 'ar')} · {sentences.say(label, 'en')}"
        drawn.append(_words(title, _WIDTH - _MARGIN, y - _LABEL_MM * 0.3, size=_LABEL_MM, language="ar", fill=_FAINT))
        # Numbers are read from the left, whatever is around them.
        language: Language = "en" if label in _NUMBERS and value[0].isdigit() else typesetting.direction(value)
        anchor = "start" if language == "ar" else "end"  # both are the right edge
        for line in setting.lines:
            y += setting.size * _LINE
            shown = _words(line, _WIDTH - _MARGIN, y - setting.size * 0.3, size=setting.size, weight=600, language=language, anchor=anchor)
            drawn.append(shown)
    return "\n".join(drawn)


def _within(text: str, size: float, width: float = (_WIDTH - 2 * _MARGIN) / 2 - 2) -> float:
    """Return the size at which `text` fits into `width`, at most `size`."""
    return min(size, round(width / typesetting.width(text), 2))


def _words(
    text: str, x: float, y: float, *, size: float, language: Language, weight: int = 400, fill: str = _INK, anchor: str = "start"
) -> str:
    """Return one line of text. For Arabic, "start" is the right edge; each line is isolated, so a Latin name does not reorder it."""
    direction = "rtl" if language == "ar" else "ltr"
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" font-weight="{weight}" fill="{fill}" '
        f'direction="{direction}" xml:lang="{language}" text-anchor="{anchor}" unicode-bidi="isolate">{escape(text)}</text>'
    )
