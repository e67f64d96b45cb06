"""`python -m demo.provider`: the simulator as a process of its own. An edge: it reads the clock and files."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from flask import Flask
from werkzeug.serving import make_server

from web import clock

from . import protocol, till
from .messenger import Messenger
from .orders import Orders
from .protocol import Merchant, notification


@click.command()
@click.option("--port", type=click.IntRange(0, 65_535), default=8010, show_default=True, help="On 127.0.0.1; 0 takes a free one.")
@click.option("--data", type=click.Path(path_type=Path), required=True, help="The simulator's books, a SQLite file.")
@click.option("--key-file", type=click.Path(path_type=Path), required=True, help="The merchant's secure key.")
@click.option("--merchant", default="khatm-demo", show_default=True, help="The merchant's code.")
@click.option("--notify", required=True, metavar="URL", help="The office's address for notifications.")
def main(port: int, data: Path, key_file: Path, merchant: str, notify: str) -> None:
    """A payment provider to try the office with. Nobody's money moves."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    orders, client = Orders(data), Merchant(merchant, key_file.read_text("utf-8").strip())
    Messenger(orders, notify, clock.seconds).start()

    def changed(order: Mapping[str, Any]) -> None:
        orders.enqueue(notification(order, client), clock.seconds())

    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = 64 * 1024
    app.config["PROPAGATE_EXCEPTIONS"] = True  # a call that is to be lost ends without an answer
    for pages in (protocol, till):
        app.register_blueprint(pages.blueprint(orders, client, clock.seconds, changed))
    server = make_server("127.0.0.1", port, app, threaded=True)
    click.echo(f"provider on http://127.0.0.1:{server.port}")
    server.serve_forever()


if __name__ == "__main__":
    main()
