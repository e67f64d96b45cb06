"""What the week was, in Markdown, and as a picture: a line for each kind of thing that happened, faults as bars, days side by side."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from seal import days
from tests.week.comparing import Checked
from tests.week.faults import KINDS
from tests.week.run import DAY, Week

_CAIRO = ZoneInfo("Africa/Cairo")
_LEFT, _WIDE, _ROW, _TOP = 190, 980, 20, 46
_COLOURS = {"fault": "#b3261e", "timer": "#1f5f8b", "people": "#2e7d4f"}


def written(week: Week, checks: Sequence[Checked], more: dict[str, str], *, seed: int, kind: str, real_seconds: float) -> str:
    """The report."""
    began = days.day_of(week.begins + DAY // 2)
    lines = [
        f"# A week in an hour: {week.days} days, {kind}, seed {seed}",
        "",
        f"{began:%A %d %B %Y} and the {week.days - 1} days after it, in {real_seconds / 60:.0f} minutes; made by"
        f" `python -m tests.week --days {week.days} --seed {seed} --kind {kind}`.",
        "How it is done, and what is not as in a real house: [ADR 101](../adr/0101-a-week-in-an-hour.md).",
        "",
        f"![Faults, timers and people, day by day](week-{kind}.svg)",
        "",
        "## What agrees",
        "",
        "| what was compared | how many | disagreements | |",
        "|---|---:|---:|---|",
    ]
    lines += [f"| {each.name} | {each.count} | {len(each.against)} | {each.note} |" for each in checks]
    lines += [f"| {name} | | {'0' if not told else '**' + told + '**'} | |" for name, told in more.items()]
    wrong = [f"- {each.name}: {one}" for each in checks for one in each.against]
    if wrong:
        lines += ["", "Disagreements:", "", *wrong]
    if week.agenda.findings:
        lines += ["", "What people met that should not have been:", "", *(f"- {each}" for each in week.agenda.findings)]
    lines += ["", "## Faults", "", "| kind | times | what was seen |", "|---|---:|---|"]
    for kind_ in KINDS:
        held = [each for each in week.breaker.plan if each.kind == kind_ and each.state == "over"]
        seen = "; ".join(
            f"{text} ({count})" if count > 1 else text
            for text, count in Counter(f"{each.about + ': ' if each.about else ''}{each.seen}" for each in held).items()
        )
        lines.append(f"| {kind_} | {len(held)} | {seen} |")
    lines += [
        "",
        f"An operator vouched for the clock {week.vouched} times after an outage longer than an hour.",
        "",
        "## Timers",
        "",
        "| timer | went off | ended well | otherwise |",
        "|---|---:|---:|---|",
    ]
    for service in sorted({each.service for each in week.ran}):
        held_ = [each for each in week.ran if each.service == service]
        bad = Counter(
            f"exit {each.code} during {', '.join(each.during) or 'nothing'}" if each.code >= 0 else each.said for each in held_ if each.code
        )
        lines.append(
            f"| {service} | {len(held_)} | {sum(each.code == 0 for each in held_)} |"
            f" {'; '.join(f'{text} ({count})' for text, count in bad.items())} |"
        )
    lines += ["", "## People", "", "| what | came to its end |", "|---|---:|"]
    lines += [f"| {name} | {count} |" for name, count in sorted(week.agenda.done.items())]
    lines += [
        "",
        f"{sum(count for name, count in week.agenda.troubles.items() if name != 'waits')} times somebody met a house that could not"
        " just then, and came again ten minutes later.",
        "",
    ]
    restarts = [
        f"{machine.name} {name}: {len(held.ended)}"
        for machine in (week.city.office, week.city.verifier)
        for name, held in machine.running.items()
        if held.ended
    ]
    lines += ["## Processes", "", "Started again by their units after they had ended: " + (", ".join(restarts) or "none") + ".", ""]
    lines += ["The doctor, each morning:", "", *(f"- {_at(at)}: {told}" for at, told in week.operator.looks), ""]
    return "\n".join(lines)


def _at(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC).astimezone(_CAIRO):%a %H:%M}"


def picture(week: Week) -> str:
    """The same as SVG."""
    end = max([week.begins + week.days * DAY, *(each.at for each in week.ran)])  # what was begun on the last day ends later
    services = sorted({each.service for each in week.ran})
    rows = [*KINDS, *(name.removeprefix("khatm-") for name in services), "people"]
    tall = _TOP + _ROW * len(rows) + 40

    def x(at: float) -> float:
        return _LEFT + (min(max(at, week.begins), end) - week.begins) / (end - week.begins) * _WIDE

    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_LEFT + _WIDE + 20} {tall}" font-family="sans-serif" font-size="11">',
        f'<rect width="{_LEFT + _WIDE + 20}" height="{tall}" fill="#fff"/>',
    ]
    for serial in range(week.days):
        at = week.begins + serial * DAY
        day = days.day_of(at + DAY // 2)
        colour = "#f3f1ea" if day.weekday() in (4, 5) else "#fff"
        out.append(
            f'<rect x="{x(at):.1f}" y="{_TOP - 6}" width="{x(at + DAY) - x(at):.1f}"'
            f' height="{_ROW * len(rows) + 6}" fill="{colour}" stroke="#ddd"/>'
        )
        out.append(f'<text x="{x(at) + 5:.1f}" y="{_TOP - 14}" font-weight="bold">{day:%a %d %b}</text>')
    for place, name in enumerate(rows):
        y = _TOP + place * _ROW
        out.append(f'<text x="{_LEFT - 8}" y="{y + 12}" text-anchor="end">{html.escape(name)}</text>')
    for each in week.breaker.plan:
        if each.state == "over":
            y = _TOP + rows.index(each.kind) * _ROW
            wide = max(3.0, x(each.ends) - x(each.begins))
            out.append(
                f'<rect x="{x(each.begins):.1f}" y="{y + 3}" width="{wide:.1f}" height="11" fill="{_COLOURS["fault"]}">'
                f"<title>{html.escape(f'{_at(each.begins)} {each.kind} {each.about}: {each.seen}')}</title></rect>"
            )
    for ran in week.ran:
        y = _TOP + rows.index(ran.service.removeprefix("khatm-")) * _ROW
        colour = _COLOURS["timer"] if ran.code == 0 else "#c9c9c9" if ran.code < 0 else _COLOURS["fault"]
        out.append(f'<rect x="{x(ran.at) - 1:.1f}" y="{y + 3}" width="3" height="11" fill="{colour}"/>')
    y = _TOP + (len(rows) - 1) * _ROW
    for serial, (day_, done) in enumerate(week.counts.items()):
        at = week.begins + serial * DAY
        out.append(
            f'<text x="{x(at) + 5:.1f}" y="{y + 12}" fill="{_COLOURS["people"]}">{sum(done.values())} came to their end'
            f"<title>{html.escape(day_)}</title></text>"
        )
    out.append(
        f'<text x="{_LEFT}" y="{tall - 12}" fill="#555">red: faults, and timers that failed while one was on · blue: timers ·'
        " grey: its condition was not met · green: what people brought to its end</text>"
    )
    return "\n".join([*out, "</svg>", ""])


__all__ = ["picture", "written"]
