"""Prometheus' own checker reads the rules and the scraper's file, and each alert goes when it should and not before."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conftest import unavailable
from tests.deploy.test_metrics import FOLDER, RULES

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
_UNITS = {"m": 60, "h": 3_600}


class Case(NamedTuple):
    """Numbers by which an alert goes after its time, and by which it never does (series by their values, in promtool's notation)."""

    ill: dict[str, str]
    well: dict[str, str]
    labels: dict[str, str]


def of(number: str, ill: str, well: str, **labels: str) -> Case:
    """The case of one number."""
    series = number + "{" + ",".join(f'{name}="{value}"' for name, value in labels.items()) + "}" if labels else number
    return Case({series: f"{ill}x2000"}, {series: f"{well}x2000"}, labels)


def answers(**shares: int) -> dict[str, str]:
    """Answers by their status, so many more a minute."""
    return {
        f'khatm_requests_total{{job="khatm-office",status="{status[1:]}",route="/"}}': f"0+{more}x2000" for status, more in shares.items()
    }


def taking(within: int) -> dict[str, str]:
    """Of twenty answers a minute so many within 2.5 s, all within 5 s."""
    counts = {"2.5": within, "5": 20, "+Inf": 20}
    return {f'khatm_request_seconds_bucket{{job="khatm-office",route="/",le="{le}"}}': f"0+{count}x2000" for le, count in counts.items()}


OFFICE = {"job": "khatm-office"}
AUDIT = {"timer": "khatm-audit"}
CASES = {
    "KhatmServerGone": of("up", "0", "1", **OFFICE),
    "KhatmNow": of("khatm_worst", "3", "2"),
    "KhatmSoonOrUnknown": of("khatm_worst", "1", "0"),
    "KhatmWorkerSilent": of("khatm_worker_looked_age_seconds", "4300", "4100", worker="worker"),
    "KhatmWorkerFailing": of("khatm_worker_failing", "1", "0", worker="sender"),
    "KhatmListsOld": of("khatm_lists_oldest_age_seconds", "90001", "89999", job="khatm-verifier"),
    "KhatmListsMissing": of("khatm_lists_loaded", "0", "1", job="khatm-verifier"),
    "KhatmErrors": Case(answers(_200=60, _503=4), answers(_200=60, _503=3), OFFICE),
    "KhatmSlow": Case(taking(18), taking(20), OFFICE),
    "KhatmPoolFull": of("khatm_pool_in_use", "31", "30", **OFFICE),
    "KhatmReplicaUnused": of("khatm_replica_used", "0", "1", **OFFICE),
    "KhatmBackupOld": of("khatm_backup_age_seconds", "187201", "187199"),
    "KhatmAuditFailed": of("khatm_timer_failed", "1", "0", **AUDIT),
    "KhatmAuditUnseen": Case(of("khatm_worst", "0", "0").ill, of("khatm_timer_ran_age_seconds", "7", "7", **AUDIT).ill, AUDIT),
    "KhatmTimerFailed": of("khatm_timer_failed", "1", "0", timer="khatm-plan"),
    "KhatmTimerLate": Case(
        {
            'khatm_timer_succeeded_age_seconds{timer="khatm-backup"}': "176401x2000",
            'khatm_timer_every_seconds{timer="khatm-backup"}': "86400x2000",
        },
        {
            'khatm_timer_succeeded_age_seconds{timer="khatm-backup"}': "176399x2000",
            'khatm_timer_every_seconds{timer="khatm-backup"}': "86400x2000",
        },
        {"timer": "khatm-backup"},
    ),
    "KhatmDiskFull": of("khatm_disk_free_ratio", "0.049", "0.051", of="register"),
}
#: Numbers that make an alert go by the other half of its rule.
OTHERWISE = {
    "KhatmListsOld": of("khatm_lists_stale", "1", "0", job="khatm-verifier"),
    "KhatmListsMissing": of("khatm_lists_faults", "1", "0", job="khatm-verifier"),
}


@pytest.fixture(scope="module")
def promtool(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The checker of this machine, or that of Debian's package, unpacked."""
    if found := shutil.which("promtool"):
        return found
    folder = tmp_path_factory.mktemp("prometheus")
    if subprocess.run(["apt-get", "download", "-qq", "prometheus"], cwd=folder, check=False, capture_output=True).returncode:
        unavailable("promtool is not here, and Debian's mirror does not give the package prometheus")
    (package,) = folder.glob("*.deb")
    subprocess.run(["dpkg-deb", "-x", package, folder], check=True, capture_output=True)
    return str(folder / "usr/bin/promtool")


def checked(promtool: str, *words: str | Path) -> str:
    done = subprocess.run([promtool, *words], check=False, capture_output=True, text=True)
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return done.stdout + done.stderr


def seconds(time: str) -> int:
    return int(time[:-1]) * _UNITS[time[-1]] if time else 0


def filled(text: str, labels: dict[str, str]) -> str:
    """A text of a rule with the labels in their places; one that the alert has not is left as it is, and so differs."""
    return re.sub(r"\{\{ \$labels\.(\w+) \}\}", lambda gap: labels.get(gap[1], gap[0]), text)


def told(name: str, case: Case, *, ill: bool) -> dict[str, object]:
    """One test of promtool's: what is scraped each minute, and which alerts go when."""
    rule = next(rule for rule in RULES if rule["alert"] == name)
    after = seconds(rule.get("for", ""))
    texts = {key: filled(text, case.labels) for key, text in rule["annotations"].items()}
    goes = [{"exp_labels": {**case.labels, **rule["labels"]}, "exp_annotations": texts}]
    asked = [{"eval_time": f"{after + 180}s", "alertname": name, "exp_alerts": goes if ill else []}]
    if after:
        asked.append({"eval_time": f"{after - 60}s", "alertname": name, "exp_alerts": []})
    series = case.ill if ill else case.well
    return {
        "interval": "1m",
        "input_series": [{"series": each, "values": values} for each, values in series.items()],
        "alert_rule_test": asked,
    }


def test_every_alert_has_its_case() -> None:
    assert {rule["alert"] for rule in RULES} == CASES.keys() and OTHERWISE.keys() <= CASES.keys()


def test_its_checker_takes_the_rules_and_the_scraper_s_file(promtool: str, tmp_path: Path) -> None:
    assert f"{len(RULES)} rules found" in checked(promtool, "check", "rules", FOLDER / "alerts.yaml")
    shutil.copy(FOLDER / "alerts.yaml", tmp_path)
    said = (FOLDER / "prometheus.yaml").read_text("utf-8")
    (tmp_path / "prometheus.yaml").write_text(said.replace("/usr/share/khatm/metrics/", ""))
    checked(promtool, "check", "config", tmp_path / "prometheus.yaml")


def test_each_goes_after_its_time_and_not_before_and_not_without_cause(promtool: str, tmp_path: Path) -> None:
    cases = [*CASES.items(), *OTHERWISE.items()]
    tests = [told(name, case, ill=ill) for name, case in cases for ill in (True, False)]
    shutil.copy(FOLDER / "alerts.yaml", tmp_path)
    (tmp_path / "test.yaml").write_text(json.dumps({"rule_files": ["alerts.yaml"], "evaluation_interval": "1m", "tests": tests}))
    assert "SUCCESS" in checked(promtool, "test", "rules", tmp_path / "test.yaml")


def test_a_case_that_is_wrong_would_be_seen(promtool: str, tmp_path: Path) -> None:
    wrong = told("KhatmNow", CASES["KhatmNow"], ill=True) | {"input_series": [{"series": "khatm_worst", "values": "2x2000"}]}
    shutil.copy(FOLDER / "alerts.yaml", tmp_path)
    (tmp_path / "test.yaml").write_text(json.dumps({"rule_files": ["alerts.yaml"], "evaluation_interval": "1m", "tests": [wrong]}))
    done = subprocess.run([promtool, "test", "rules", tmp_path / "test.yaml"], check=False, capture_output=True, text=True)
    assert done.returncode == 1 and "KhatmNow" in done.stdout + done.stderr
