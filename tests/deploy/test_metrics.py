"""The dashboard and the rules for alerts name only numbers that the code tells, and the scraper asks where the units tell them."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT
from tests.deploy import units

FOLDER = ROOT / "deploy/metrics"
RULES = yaml.safe_load((FOLDER / "alerts.yaml").read_text("utf-8"))["groups"][0]["rules"]
DASHBOARD = json.loads((FOLDER / "khatm-dashboard.json").read_text("utf-8"))
EXPRESSIONS = [rule["expr"] for rule in RULES] + [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
#: What prometheus_client adds to the name of a counter and of a histogram.
ADDED = {"khatm_requests": ("_total",), "khatm_request_seconds": ("_bucket", "_count", "_sum")}


def literals(file: Path) -> Iterator[str]:
    """Names of numbers as the code writes them: whole, or as the doctor's values, to which `khatm_` is added."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Value" and isinstance(node.args[0], ast.Constant):
            yield f"khatm_{node.args[0].value}"
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"khatm_[a-z_]+", node.value):
            yield node.value


TOLD = {
    name + added
    for file in (
        *(ROOT / "office/doctor").glob("*.py"),
        *(ROOT / each for each in ("web/measured.py", "published/ages.py", "storage/replicas.py")),
    )
    for name in literals(file)
    for added in ADDED.get(name, ("",))
}


def named(expression: str) -> set[str]:
    return set(re.findall(r"\bkhatm_[a-z_]+", expression))


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_each_number_is_told(expression: str) -> None:
    assert named(expression) <= TOLD
    assert named(expression) or expression.startswith("up{")


def test_a_number_that_nobody_tells_would_be_seen() -> None:
    assert not {"khatm_worker_looked_age", "khatm_requests"} & TOLD
    assert {"khatm_worst", "khatm_requests_total", "khatm_worker_failing", "khatm_lists_stale"} <= TOLD


def test_each_alert_says_what_and_what_to_do_in_both_languages() -> None:
    assert len({rule["alert"] for rule in RULES}) == len(RULES) >= 10
    for rule in RULES:
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert set(rule["annotations"]) == {"summary", "summary_ar", "do"}
        assert re.search("[\u0621-\u064a]", rule["annotations"]["summary_ar"])


def test_the_dashboard_is_one_that_grafana_reads() -> None:
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels) >= 10
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels]
    assert len(set(places)) == len(places), "none lies over another"
    assert all(panel["datasource"]["uid"] == "${datasource}" for panel in panels)
    assert DASHBOARD["schemaVersion"] >= 36


def test_the_scraper_asks_where_the_units_tell() -> None:
    jobs = yaml.safe_load((FOLDER / "prometheus.yaml").read_text("utf-8"))["scrape_configs"]
    asked = {job["job_name"]: job["static_configs"][0]["targets"][0] for job in jobs}
    told = {}
    for unit in units.services():
        text = (units.FOLDER / f"{unit.name}.service").read_text("utf-8")
        if found := re.search(r"KHATM_METRICS=(\S+)|--listen (127\.0\.0\.1:9\d+)", text):
            told[unit.name] = found[1] or found[2]
    assert asked == told


SECONDS = {"hourly": 3_600}


def test_every_unit_of_a_timer_says_how_often_it_starts_and_so_leaves_a_sign_at_its_end() -> None:
    timed = {path.stem: re.findall(r"^OnCalendar=(.*)$", path.read_text("utf-8"), re.MULTILINE) for path in units.FOLDER.glob("*.timer")}
    assert len(timed) >= 6 and all(len(when) == 1 for when in timed.values())
    for name, (when,) in timed.items():
        every = SECONDS.get(when) or (86_400 if when.startswith("*-*-* ") else 0)
        assert f"\nEnvironment=KHATM_TIMER={every}\n" in (units.FOLDER / f"{name}.service").read_text("utf-8"), name
    said = {path.stem for path in units.FOLDER.glob("*.service") if "KHATM_TIMER" in path.read_text("utf-8")}
    assert said == timed.keys(), "what goes on looks by itself"


def test_an_audit_that_failed_is_old_or_never_ran_is_told() -> None:
    told = {rule["alert"]: rule for rule in RULES}
    assert told["KhatmAuditFailed"]["expr"] == 'khatm_timer_failed{timer="khatm-audit"} == 1'
    assert told["KhatmAuditFailed"]["labels"]["severity"] == "page"
    assert "absent(khatm_timer_ran_age_seconds" in told["KhatmAuditUnseen"]["expr"]
    assert "khatm_timer_every_seconds" in told["KhatmTimerLate"]["expr"]


def test_every_unit_that_goes_on_gives_a_sign_of_life_where_the_doctor_looks() -> None:
    hardening = (units.FOLDER / "hardening.conf").read_text("utf-8")
    assert "Environment=KHATM_LIFE=%t/khatm/%N" in hardening
    assert "RuntimeDirectory=khatm/%N" in hardening
    assert "--life /run/khatm " in (units.FOLDER / "khatm-doctor.service").read_text("utf-8")
    watched = {unit.name for unit in units.services() if "WatchdogSec" in unit.said}
    assert watched == {f"khatm-{name}" for name in ("worker", "publisher", "sender", "poller", "enforcer", "deliver")}
