"""The till: where a person, or a test, pays an order and decides what the provider tells the office about it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from office import pounds
from seal import days

from .orders import Orders, Refused
from .protocol import Merchant, notification

COLUMNS = ("fawryRefNumber", "merchantRefNumber", "type", "amount", "fees", "time")


def blueprint(orders: Orders, merchant: Merchant, clock: Callable[[], int], changed: Callable[[Mapping[str, Any]], None]) -> Blueprint:
    """Return the till's addresses. `changed` hears of every order whose status changed."""
    pages = Blueprint("till", __name__, template_folder="templates")

    @pages.errorhandler(Refused)
    def refused(answer: Refused) -> tuple[dict[str, object], int]:
        return {"code": answer.code, "words": answer.words}, 409

    @pages.get("/")
    def counter() -> str:
        language = "en" if request.args.get("lang") == "en" else "ar"
        return render_template("till.html", orders=orders.all(), lang=language, money=pounds.plain)

    @pages.post("/pay")
    def pay_by_hand() -> ResponseReturnValue:
        changed(orders.pay(request.form.get("number", "").strip(), None, clock()))
        return redirect("/?lang=en" if request.form.get("lang") == "en" else "/")

    @pages.post("/till/pay")
    def pay() -> dict[str, Any]:
        """Pay: `order`, and if wanted `piastres`, `at`, `late`, `quiet` (tell nobody)."""
        wish = request.get_json()
        order = orders.pay(str(wish["order"]), wish.get("piastres"), wish.get("at") or clock(), late=bool(wish.get("late")))
        if not wish.get("quiet"):
            changed(order)
        return order

    @pages.post("/till/end")
    def end() -> dict[str, Any]:
        """Cancel or expire: `order`, `status`."""
        order = orders.end(str(request.get_json()["order"]), str(request.get_json()["status"]))
        changed(order)
        return order

    @pages.post("/till/refund")
    def refund() -> dict[str, Any]:
        """Refund behind the office's back: `order`, `piastres`."""
        order = orders.refund(str(request.get_json()["order"]), int(request.get_json()["piastres"]), clock())
        changed(order)
        return order

    @pages.post("/till/notify")
    def notify() -> dict[str, object]:
        """Tell the office about `order`, as it is or with `changes`; `times`, `forged`, `after` seconds."""
        wish = request.get_json()
        body = notification(orders.find(str(wish["order"])), merchant, forged=bool(wish.get("forged")), **wish.get("changes", {}))
        for _ in range(int(wish.get("times", 1))):
            orders.enqueue(body, clock() + int(wish.get("after", 0)))
        return body

    @pages.post("/till/fault")
    def fault() -> dict[str, object]:
        """Let the next `times` calls of `path` go wrong: refuse, lose (before), drop, die (after)."""
        wish = request.get_json()
        orders.set_fault(str(wish["path"]), str(wish["fault"]), int(wish.get("times", 1)))
        return {}

    @pages.get("/till/orders")
    def listed() -> dict[str, object]:
        return {"orders": orders.all(), "unsent": orders.unsent()}

    @pages.get("/till/orders/<key>")
    def one(key: str) -> dict[str, Any]:
        return orders.find(key)

    @pages.get("/till/settlement")
    def settlement() -> Response:
        """The file of a Cairo day."""
        day = date.fromisoformat(request.args["day"])
        moved = orders.movements(days.start_of(day), days.start_of(day + timedelta(days=1)))
        return Response(_file(moved), mimetype="text/csv")

    return pages


def _file(moved: list[dict[str, Any]]) -> str:
    written = io.StringIO()
    table = csv.writer(written, lineterminator="\r\n")
    table.writerow(COLUMNS)
    for row in moved:
        time = (days.EPOCH + timedelta(seconds=row["at"])).isoformat()
        table.writerow([row["number"], row["reference"], row["kind"], pounds.plain(row["piastres"]), "0.00", time])
    return written.getvalue()
