"""Whether a unit stayed is read from what `systemctl show` says of it (systemctl(1)): a command of that name stands in for it here."""

import os
from pathlib import Path

import pytest

from deploy import starting
from deploy.errors import SetupError


@pytest.mark.parametrize(
    ("said", "stays"),
    [
        ("ActiveState=active\nNRestarts=0\nConditionResult=yes", True),
        ("ActiveState=inactive\nNRestarts=0\nConditionResult=no", True),  # it waits for its settings
        ("ActiveState=inactive\nNRestarts=0\nConditionResult=yes", False),
        ("ActiveState=activating\nNRestarts=2\nConditionResult=yes", False),  # between two tries: is-failed says no
        ("ActiveState=active\nNRestarts=2\nConditionResult=yes", False),
        ("ActiveState=failed\nNRestarts=5\nConditionResult=yes", False),
        ("", False),
    ],
)
def test_a_unit_that_starts_over_and_over_has_not_stayed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, stays: bool) -> None:
    command = tmp_path / "systemctl"
    command.write_text(f"#!/bin/sh\n[ $1 = show ] || exit 1\ncat <<'END'\n{said}\nEND\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/usr/bin{os.pathsep}/bin")
    monkeypatch.setattr(starting, "_LOOK_SECONDS", 0)
    if stays:
        starting.stayed(["khatm-office.service"])
        return
    with pytest.raises(SetupError) as refused:
        starting.stayed(["khatm-office.service"])
    assert refused.value.code == "start_failed" and "khatm-office.service" in refused.value.detail
