"""`khatm export`: the published files for any static host. An edge: it waits, hears signals, and talks to people."""

from __future__ import annotations

import re
import signal
from pathlib import Path
from threading import Event

import click

from published import hosting

from .following.errors import SENTENCES, of_disk

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:/[A-Za-z0-9._-]+)*").fullmatch


@click.command()
@click.argument("to", type=click.Path(path_type=Path, file_okay=False))
@click.option("--published", "folder", type=click.Path(path_type=Path), default=Path("var/published"), show_default=True, help="The signed files.")
@click.option("--every", type=click.FloatRange(1, 3600), help="Go on until SIGTERM, so many seconds between two looks.")
@click.option("--nginx", is_flag=True, help="Write nginx's locations for that folder to standard output, and end.")
@click.option("--s3", "bucket", metavar="BUCKET", help="Write the commands that bring a bucket up to that folder, and end.")
def export(to: Path, folder: Path, every: float | None, nginx: bool, bucket: str | None) -> None:
    """Keep a folder TO whose paths are the addresses of the published files, for nginx, S3 or a CDN.

    Beside the files it has `_headers`, as Cloudflare Pages and Netlify take it, and `manifest.json`: of each path type, caching, CORS.
    """
    if nginx:
        click.echo(hosting.for_nginx(str(to.absolute())), nl=False)
        return
    if bucket is not None:
        if not _BUCKET(bucket):
            raise click.BadParameter("a bucket's name, perhaps with a folder in it", param_hint="--s3")
        click.echo("\n".join(hosting.for_s3(bucket, str(to.absolute()))))
        return
    if not folder.is_dir():
        raise click.UsageError(SENTENCES.both("export_missing", str(folder)))
    stop = Event()
    for ending in (signal.SIGTERM, signal.SIGINT) if every else ():
        signal.signal(ending, lambda *_: stop.set())
    _round(folder, to, going_on=every is not None)
    while every and not stop.wait(every):
        _round(folder, to, going_on=True)


def _round(folder: Path, to: Path, *, going_on: bool) -> None:
    try:
        made = hosting.export(folder, to)
    except OSError as error:
        told = SENTENCES.both(of_disk(error).code, error.strerror or "")
        if not going_on:
            raise click.UsageError(told) from error
        click.echo(told, err=True)  # and tried again: a full disk passes
    else:
        if made.new or made.gone or not going_on:
            click.echo(f"{to}: {made.new} files new, {made.gone} removed")
