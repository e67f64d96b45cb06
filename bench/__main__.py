"""`make bench`: every measurement, or the parts that are named, written to bench/results.md with day and machine. `--fast` for a look."""

from __future__ import annotations

import ast
import importlib
import os
import platform
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import click

from acts import acting
from published import whole

PARTS = (
    *("verify", "lists", "sizes", "api", "pictures", "sheets", "strangers", "issuing", "publishing", "tokens", "load"),
    *("phone", "sites", "maps", "pack", "office", "holdings", "teamwork", "papers", "route", "log", "verifier_log", "follow", "stay"),
    *("scale", "growth", "objects"),
)
_SHORTEST = 12  # letters that tell something of a part
RESULTS = Path(__file__).parent / "results.md"
HEAD = """# Measurements

`make bench` measures all, `python -m bench verify` one part. The machines are shared and noisy, and no two are alike: read the
ratios, which are made in one run, in turns. What each part measures stands at the head of its script in this folder."""


def _machine() -> str:
    """Return processor, cores and Python, without anything that names the machine."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text("utf-8").splitlines() if info.exists() else []
    models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{models[0] if models else platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def _rows(value: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _rows(inner, (*path, str(name)))
    else:
        shown = f"{value:,.3g}" if isinstance(value, float) and abs(value) < 1 else str(value)
        yield " · ".join(path), shown


def _section(part: str, doc: str, rows: list[tuple[str, str]]) -> str:
    """Return what a part found, with the day and the machine."""
    summary = doc.partition(":")[0].strip().replace("\n", " ")
    when = f"Measured on {datetime.now(UTC):%Y-%m-%d}: {_machine()}."  # noqa: TID251 - a script
    table = [f"| {name} | {shown} |" for name, shown in rows]
    return "\n".join([f"## {part}", "", f"{summary}.", when, "", "| what | figure |", "|---|---|", *table])


def _kept() -> dict[str, str]:
    """Return the sections that were written before, by their part."""
    parts = RESULTS.read_text("utf-8").split("\n## ")[1:] if RESULTS.exists() else []
    return {text.partition("\n")[0]: f"## {text.strip()}" for text in parts}


def _summary(part: str) -> str:
    """Return what a part measures, as the head of its script says it, without running it."""
    said = ast.get_docstring(ast.parse((Path(__file__).parent / f"{part}.py").read_text("utf-8"))) or ""
    begins, _, more = " ".join(said.split("\n\n")[0].split()).partition(": ")
    return begins.rstrip(".") if len(begins) > _SHORTEST else f"{begins}: {more}".rstrip(".")


class _Help(click.Command):
    """Its help lists the parts."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write a line for each part."""
        with formatter.section("Parts"):
            formatter.write_dl([(part, _summary(part)) for part in PARTS])


@click.command(cls=_Help, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 140})
@click.argument("parts", nargs=-1, type=click.Choice(PARTS), metavar="[PART]...")
@click.option("--fast", is_flag=True, help="A look, with little of everything; the results are not written.")
def main(parts: tuple[str, ...], fast: bool) -> None:
    """Measure all parts, or those that are named, and write each into bench/results.md as it ends. All of them take hours."""
    for part in parts or PARTS:
        started = time.monotonic()
        print(f"== {part}", flush=True)
        module = importlib.import_module(f"bench.{part}")
        with acting.process("program:bench", part):
            rows = list(_rows(module.measure(fast)))
        for name, shown in rows:
            print(f"{name}: {shown}")
        print(f"({time.monotonic() - started:.0f} s)")
        if not fast:
            sections = _kept() | {part: _section(part, str(module.__doc__), rows)}
            told = "\n\n".join([HEAD, *sections.values()])  # also those that were written by hand
            whole.write({RESULTS: f"{told}\n".encode()})
            print(f"written: {RESULTS.name}")


if __name__ == "__main__":
    main(prog_name="python -m bench")
