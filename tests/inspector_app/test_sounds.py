"""Verdicts by ear."""

import io
import wave
from pathlib import Path

import pytest

from inspector_app.sounds import BELLS, RATE, TUNES, Speaker, player, tune
from tests.processes import PATIENCE_SECONDS


@pytest.mark.parametrize("decision", TUNES)
def test_a_tune_is_a_sound_file_of_its_length(decision) -> None:
    with wave.open(io.BytesIO(tune(decision))) as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (1, 2, RATE)
        assert sound.getnframes() / RATE == pytest.approx(sum(seconds for _, seconds in TUNES[decision]), abs=0.01)
        assert max(sound.readframes(sound.getnframes())) > 0


def test_each_decision_sounds_its_own() -> None:
    assert len({tune(decision) for decision in TUNES}) == 3
    assert len(set(BELLS.values())) == 3


def test_a_player_gets_the_tune(tmp_path: Path) -> None:
    heard = tmp_path / "heard.wav"
    speaker = Speaker(["dd", "status=none", f"of={heard}"], bell=None)
    speaker.tell("invalid")
    speaker.wait(PATIENCE_SECONDS)
    assert heard.read_bytes() == tune("invalid")


def test_without_a_player_the_bell_rings_as_often_as_the_decision_says() -> None:
    rung = []
    for decision in BELLS:
        speaker = Speaker(None, bell=lambda: rung.append(1))
        speaker.tell(decision)
        speaker.wait(PATIENCE_SECONDS)
    assert len(rung) == sum(BELLS.values())


def test_a_player_without_a_sound_card_gives_way_to_the_bell() -> None:
    rung = []
    speaker = Speaker(["false"], bell=lambda: rung.append(1))
    speaker.tell("valid")
    speaker.wait(PATIENCE_SECONDS)
    assert rung == [1]


def test_a_machine_without_sound_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert player() is None
    speaker = Speaker(player(), bell=None)
    speaker.tell("valid")
    speaker.wait(PATIENCE_SECONDS)
